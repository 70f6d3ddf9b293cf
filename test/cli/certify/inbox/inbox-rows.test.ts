import { expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import type { InboxRow } from '../../../../domain/api/virtual/inbox.ts'
import { INBOX_PLACES } from '../../../../domain/approval/place.ts'
import { inboxRowOf } from '../../../../domain/format/inbox-row.ts'
import { fakeIO, type Answers } from '../../../fakes/io.ts'
import { requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const INBOXES = 'POST /apis/jit.access/v1/inboxes'
const row = (name: string, place: InboxRow['place'] = 'Mine', more: Partial<InboxRow> = {}): InboxRow => ({
  ...inboxRowOf(requestOf({ name }), place),
  ...more,
})

it('is one question to the server, besides the notes about suspensions and reviews', async () => {
  const io = fakeIO({ [INBOXES]: () => ({ status: { requests: [row('a')], resourceVersion: '9' } }) })
  expect(await runCertify(io, [])).toBe(0)
  expect(io.calls.toSorted()).toEqual(['GET /apis/jit.access/v1/accesssuspensions', 'GET /apis/jit.access/v1/breakglassreviews', INBOXES])
  expect(io.printed()).toContain('patch deployments.apps/scale "web" in namespace shop')
})

it('reads every part of a long inbox, and lists the oldest first', async () => {
  const asked: unknown[] = []
  const io = fakeIO({
    [INBOXES]: ({ spec }: { readonly spec: object }) => {
      asked.push(spec)
      return 'continue' in spec
        ? { status: { requests: [row('old', 'Mine', { creationTimestamp: '2026-11-24T00:00:00Z' })], resourceVersion: '9' } }
        : {
            status: {
              requests: [row('new'), row('own', 'Own'), row('half', 'Reviewed'), row('theirs', 'Others')],
              resourceVersion: '9',
              continue: 'c',
            },
          }
    },
  })
  expect(await runCertify(io, ['-n', 'shop', '-o', 'wide'])).toBe(0)
  expect(asked).toEqual([{ namespace: 'shop' }, { namespace: 'shop', continue: 'c' }])
  expect([...io.printed().matchAll(/^(\S+) +oidc/gm)].map(([, name]) => name)).toEqual(['old', 'new', 'half', 'theirs', 'own'])
  expect(io.printed()).toMatch(/For approvers of other groups; you can deny them:\n[^]*theirs/)
})

/** The calls that show the inbox where the server has none. */
const LISTS: Answers = {
  'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'me' } } }),
  'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: true } }),
  'GET /apis/jit.access/v1/accessrequests': () => ({ metadata: { resourceVersion: '9' }, items: [requestOf({ name: 'a' })] }),
}

it.each(['NotFound', 'Forbidden', 'MethodNotAllowed'])('lists and sorts the requests itself when the server answers %s', async (reason) => {
  const shown = fakeIO({ [INBOXES]: () => ({ status: { requests: [row('a', INBOX_PLACES.mine)], resourceVersion: '9' } }) })
  await runCertify(shown, ['-o', 'wide'])
  const io = fakeIO({
    ...LISTS,
    [INBOXES]: () => {
      throw new KubectlError(reason, 'no')
    },
  })
  expect(await runCertify(io, ['-o', 'wide'])).toBe(0)
  expect(io.printed()).toBe(shown.printed())
})

it('reports any other failure', async () => {
  const io = fakeIO({
    ...LISTS,
    [INBOXES]: () => {
      throw new KubectlError('ServiceUnavailable', 'away')
    },
  })
  expect(await runCertify(io, [])).toBe(1)
  expect(io.noted()).toContain("jit-access's API server does not respond")
})

it('escapes what an agent wrote', async () => {
  const io = fakeIO({ [INBOXES]: () => ({ status: { requests: [row('a', 'Mine', { asks: 'get \u001b[2Jpods\u202e' })], resourceVersion: '9' } }) })
  await runCertify(io, [])
  expect(io.printed()).toContain('get \\u001b[2Jpods\\u202e')
})

it('tells a user without the right to decide from an approver for whom nothing waits', async () => {
  const no: Answers = { 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: false } }) }
  const io = fakeIO({ [INBOXES]: () => ({ status: { requests: [], resourceVersion: '9' } }), ...no })
  expect(await runCertify(io, [])).toBe(0)
  expect(io.noted()).toContain('RBAC does not let you decide on requests. An admin binds approvers to the ClusterRole jit-approver.')
})

it('does not say that somebody has no right when that cannot be found out', async () => {
  const io = fakeIO({
    [INBOXES]: () => ({ status: { requests: [], resourceVersion: '9' } }),
    'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => {
      throw new KubectlError('Forbidden', 'no')
    },
  })
  expect(await runCertify(io, [])).toBe(0)
  expect(io.noted()).toContain('Nothing waits for you.')
})
