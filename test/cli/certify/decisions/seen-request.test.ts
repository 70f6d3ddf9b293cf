import { describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { fakeIO, type Answers, type FakeIO } from '../../../fakes/io.ts'
import { requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const REQUEST = `${BASE}/accessrequests/ask`
const decided = (body: AccessRequest): AccessRequest => body

const answers = (request: AccessRequest): Answers => ({
  'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'ann' } } }),
  [`GET ${REQUEST}`]: () => request,
  [`PUT ${REQUEST}/approval`]: decided,
})
const wrote = (io: FakeIO): boolean => io.calls.some((call) => call.startsWith('PUT'))
const REUSED = requestOf({ status: { nameReused: true } })

describe.each([
  ['approve', ['approve', 'ask', '--yes']],
  ['deny', ['deny', 'ask', '--reason=no']],
] as const)('%s by name alone', (_, command) => {
  it('decides a request whose name no other request had', async () => {
    const io = fakeIO(answers(requestOf()))
    expect([await runCertify(io, command), wrote(io)]).toEqual([0, true])
  })

  it('decides nothing when another request of this name was deleted, and says what to type', async () => {
    const io = fakeIO(answers(REUSED))
    expect([await runCertify(io, command), wrote(io)]).toEqual([4, false])
    expect(io.noted()).toContain('has the name of a request that was deleted')
    expect(io.noted()).toContain('kubectl certify show ask; then add --uid=uid-ask')
  })

  it('decides it with its UID', async () => {
    const io = fakeIO(answers(REUSED))
    expect([await runCertify(io, [...command, '--uid=uid-ask']), wrote(io)]).toEqual([0, true])
  })

  it('decides nothing with the UID of another request', async () => {
    const io = fakeIO(answers(requestOf()))
    expect([await runCertify(io, [...command, '--uid=uid-before']), wrote(io)]).toEqual([4, false])
    expect(io.noted()).toContain('another one has its name')
  })

  it.each([[['--uid=']], [['--uid=u', 'another']]])('%j is wrong usage', async (more) => {
    const io = fakeIO(answers(requestOf()))
    expect([await runCertify(io, [...command, ...more]), wrote(io)]).toEqual([2, false])
  })
})

it('without a terminal, approve without --yes is by name alone too', async () => {
  const io = fakeIO(answers(REUSED))
  expect([await runCertify(io, ['approve', 'ask']), wrote(io)]).toEqual([4, false])
})

it('on a terminal, approve shows the request, says that the name was used before, and decides after a yes', async () => {
  const io = fakeIO(answers(REUSED), { replies: ['y'] })
  expect([await runCertify(io, ['approve', 'ask']), wrote(io)]).toEqual([0, true])
  expect(io.noted()).toMatch(/UID: +uid-ask \(another request had this name and was deleted\)/)
})

it('deny --all decides only what it listed', async () => {
  let reads = 0
  const io = fakeIO({
    ...answers(requestOf()),
    'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: true } }),
    [`GET ${BASE}/accessrequests`]: () => ({ metadata: { resourceVersion: '9' }, items: [requestOf()] }),
    [`GET ${REQUEST}`]: () => ({ ...requestOf(), metadata: { ...requestOf().metadata, uid: `other-${(reads += 1)}` } }),
  })
  expect([await runCertify(io, ['deny', '--all', '--requester=oidc:agent', '--reason=no', '--yes']), wrote(io)]).toEqual([4, false])
  expect(io.noted()).toContain('is not the one that was listed')
})

it('show prints the UID, and shows nothing under another one', async () => {
  const io = fakeIO(answers(requestOf()))
  expect(await runCertify(io, ['show', 'ask'])).toBe(0)
  expect(io.printed()).toMatch(/^UID: +uid-ask$/m)
  const other = fakeIO(answers(requestOf()))
  expect([await runCertify(other, ['show', 'ask', '--uid=uid-before']), other.printed()]).toEqual([4, ''])
})
