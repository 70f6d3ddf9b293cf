import { describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO, type FakeIO } from '../../../fakes/io.ts'
import { requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1/accessrequests'
const reads = [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }]
const REQUESTS = [
  requestOf({ name: 'low', spec: { rules: reads }, status: { risk: 'Low' } }),
  requestOf({ name: 'low-two', spec: { rules: reads, requester: { username: 'oidc:two' } }, status: { risk: 'Low' } }),
  requestOf({ name: 'low-there', spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['bank'] }] }, status: { risk: 'Low' } }),
  requestOf({ name: 'write', status: { risk: 'Medium' } }),
  // An older server stamped no risk, which counts as Critical.
  requestOf({ name: 'unknown' }),
  requestOf({ name: 'my-own', spec: { rules: reads, requester: { username: 'oidc:me' } } }),
]

/** An approver who may certify everything. `refused`: requests whose decision the server refuses. */
function fixture(replies?: readonly string[], refused: readonly string[] = []): FakeIO & { readonly decided: AccessRequest[] } {
  const decided: AccessRequest[] = []
  const each = REQUESTS.flatMap((request) => [
    [`GET ${BASE}/${request.metadata.name}`, () => request] as const,
    [
      `PUT ${BASE}/${request.metadata.name}/approval`,
      (body: AccessRequest) => {
        if (refused.includes(body.metadata.name)) throw new KubectlError('Forbidden', 'no')
        decided.push(body)
        return body
      },
    ] as const,
  ])
  const io = fakeIO(
    {
      'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:me' } } }),
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: true } }),
      [`GET ${BASE}`]: () => ({ items: REQUESTS }),
      ...Object.fromEntries(each),
    },
    replies === undefined ? {} : { replies },
  )
  return Object.assign(io, { decided })
}
const names = ({ decided }: { readonly decided: readonly AccessRequest[] }) => decided.map(({ metadata }) => metadata.name)

describe('approve and deny --all', () => {
  it.each([
    [['--max-risk=Low'], ['low', 'low-there', 'low-two']],
    [['--max-risk=Medium'], ['low', 'low-there', 'low-two', 'write']],
    [['--max-risk=Low', '--requester=oidc:two'], ['low-two']],
    [['-n', 'bank'], ['low-there']],
    [['--policy=another'], []],
  ])('%j selects %j of what waits for the caller', async (flags, selected) => {
    const io = fixture()
    expect(await runCertify(io, ['approve', '--all', '--yes', ...flags])).toBe(0)
    expect(names(io)).toEqual(selected)
    for (const name of selected) expect(io.noted()).toContain(name)
    // A namespace selects and cuts nothing down.
    expect(io.decided.every(({ status }) => status?.narrowed === undefined)).toBe(true)
  })
  it('asks once, for all of them, and does nothing unless the answer is yes', async () => {
    const yes = fixture(['yes'])
    expect(await runCertify(yes, ['deny', '--all', '--max-risk=Low', '--reason=no'])).toBe(0)
    expect([names(yes).length, yes.noted().match(/\[y\/N\]/g)]).toEqual([3, ['[y/N]']])
    const no = fixture(['n'])
    expect(await runCertify(no, ['approve', '--all', '--max-risk=Low'])).toBe(0)
    expect([names(no), no.noted()]).toEqual([[], expect.stringContaining('nothing was decided')])
  })
  it('approves nothing that got the name of a listed request after it was listed', async () => {
    const io = fixture()
    const [low] = REQUESTS
    const other = { ...low, metadata: { ...low?.metadata, uid: 'another' } }
    const swapped = fakeIO({
      'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:me' } } }),
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: true } }),
      [`GET ${BASE}`]: () => ({ items: [low] }),
      [`GET ${BASE}/low`]: () => other,
      [`PUT ${BASE}/low/approval`]: (body: AccessRequest) => {
        io.decided.push(body)
        return body
      },
    })
    expect(await runCertify(swapped, ['approve', '--all', '--max-risk=Low', '--yes'])).not.toBe(0)
    expect([names(io), swapped.noted()]).toEqual([[], expect.stringContaining('another one has its name')])
  })
  it('tells partial failure apart from failure, with a line for each', async () => {
    const some = fixture(undefined, ['low-there'])
    expect(await runCertify(some, ['approve', '--all', '--max-risk=Low', '--yes'])).toBe(10)
    expect([some.printed().match(/approved$/gm)?.length, some.noted().match(/^error: /gm)?.length]).toEqual([2, 1])
    expect(await runCertify(fixture(undefined, ['low', 'low-there', 'low-two']), ['approve', '--all', '--max-risk=Low', '--yes'])).toBe(6)
  })
  it.each([
    [['approve', '--all', '--yes']],
    [['approve', '--all', '--max-risk=Low']],
    [['approve', '--all', '--max-risk=low', '--yes']],
    [['approve', 'low', '--all', '--max-risk=Low', '--yes']],
    [['approve', 'low', '--max-risk=Low', '--yes']],
    [['approve', '--all', '--max-risk=Low', '--verb=get', '--yes']],
    [['deny', '--all', '--max-risk=Low', '--yes']],
  ])('%j is wrong usage and decides nothing', async (args) => {
    const io = fixture()
    expect(await runCertify(io, args)).toBe(2)
    expect(names(io)).toEqual([])
  })
})
