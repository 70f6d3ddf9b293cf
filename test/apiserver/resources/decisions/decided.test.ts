import { afterEach, beforeEach, expect, it } from 'vitest'
import { recordContinually, recordDecisions } from '../../../../apiserver/record-decisions.ts'
import { UNRECORDED } from '../../../../apiserver/resources/decisions/decided.ts'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { checkEvent } from '../../../../domain/record/verify/check-event.ts'
import type { RecordEvent } from '../../../../domain/record/events.ts'
import { RecordError } from '../../../../domain/record/recorder.ts'
import { policy } from '../../../domain/builders.ts'
import { recorderTo } from '../../../fakes/recorder.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from '../served-api.ts'

const start = Date.parse('2026-11-25T12:00:00Z')
const about = { owner: 'agent', policy: 'agents', namespaces: ['shop'] }
const TOKEN = `ghp_${'a1B2'.repeat(9)}`
let api: Served
let events: RecordEvent[]

beforeEach(async () => {
  api = await serveApi(start)
  api.rights = () => true
  events = []
  await put(api.store, 'accesspolicies', policy('agents', { subjects: [{ kind: 'User', name: 'agent' }], approvals: { required: 2 } }))
  const request = requestOf('ask', about)
  const spec = { ...request.spec, requester: { username: 'agent', extra: { 'jit.access/session': ['s1'] } } }
  await put(api.store, 'accessrequests', { ...request, spec })
})
afterEach(() => api.close())

const recorder = recorderTo((event) => {
  checkEvent(event)
  events.push(event)
})
const recorded = async (): Promise<readonly RecordEvent[]> => {
  await recordDecisions({ store: api.store, recorder, onError: (error) => expect.unreachable(String(error)) })
  return events
}
/** Adds a condition as a client does. Returns the audit ID of the response. */
async function decide(as: string, path: string, condition: object, more: object = {}): Promise<string> {
  const name = path.split('/').slice(0, 2).join('/')
  const { body } = await api.send(user(as), `GET ${name}`)
  const object = body as unknown as AccessRequest | AccessGrant
  const conditions = [...(object.status?.conditions ?? []), { status: 'True', ...condition }]
  const { code, text, headers } = await api.send(user(as), `PUT ${path}`, { body: { ...object, status: { ...object.status, conditions, ...more } } })
  expect([code, text]).toEqual([200, expect.any(String)])
  return headers.get('audit-id') ?? ''
}
const approve = (as: string, more?: object) => decide(as, 'accessrequests/ask/approval', { type: 'Approved', message: `fine, see ${TOKEN}` }, more)

it('J30 each approval is recorded with its approver, the remaining access and the number of approvals', async () => {
  const first = await approve('alice', { narrowed: { durationSeconds: 60 } })
  const second = await approve('bob')
  const both = {
    event: 'access.decided',
    user: 'agent',
    session: 's1',
    decision: 'Approved',
    request: 'ask',
    policy: 'agents',
    required: 2,
    narrowed: true,
  }
  expect(await recorded()).toEqual([
    { ...both, auditID: first, by: 'alice', approvals: 1, asks: 'get pods -n shop', message: 'fine, see [jit.access/masked]' },
    {
      ...both,
      auditID: second,
      by: 'bob',
      approvals: 2,
      asks: 'get pods -n shop',
      grant: 'ask',
      durationSeconds: 60,
      message: 'fine, see [jit.access/masked]',
    },
  ])
  // Recorded decisions are deleted from the store.
  expect((await api.store.list(UNRECORDED)).entries).toEqual([])
})

it.each([
  ['Denied', 'alice'],
  ['Withdrawn', 'former'],
] as const)('J31 a request that is %s is recorded with the user', async (type, by) => {
  // A governed user may not withdraw through the API; a user without a governing policy may.
  const owner = by === 'former' ? 'former' : 'agent'
  await put(api.store, 'accessrequests', requestOf('plain', { ...about, owner }))
  const auditID = await decide(by, 'accessrequests/plain/approval', { type, message: 'no' })
  expect(await recorded()).toEqual([
    {
      event: 'access.decided',
      auditID,
      user: owner,
      by,
      decision: type,
      request: 'plain',
      policy: 'agents',
      asks: 'get pods -n shop',
      message: 'no',
    },
  ])
})

it('J32 a revoked or deleted grant is recorded once with the user; an expired one is not', async () => {
  await put(api.store, 'accessgrants', grantOf('live', about))
  await decide('alice', 'accessgrants/live/revocation', { type: 'Revoked', message: 'enough' })
  await decide('bob', 'accessgrants/live/revocation', { type: 'Other' })
  expect((await recorded()).map((event) => event.event === 'access.decided' && [event.decision, event.by, event.grant, event.message])).toEqual([
    ['Revoked', 'alice', 'live', 'enough'],
  ])
  await put(api.store, 'accessgrants', grantOf('other', about))
  for (const name of ['live', 'other']) expect((await api.send(user('carol'), `DELETE accessgrants/${name}`)).code).toBe(200)
  expect((await recorded()).slice(1)).toMatchObject([{ decision: 'Deleted', by: 'carol', grant: 'other' }])
})

it('J33 the deletion of an open request is recorded; a dry run or a refused deletion is not', async () => {
  expect((await api.send(user('carol'), 'DELETE accessrequests/ask?dryRun=All')).code).toBe(200)
  api.rights = (_, { verb }) => verb !== 'certify'
  const { body } = await api.send(user('mallory'), 'GET accessrequests/ask')
  const status = { conditions: [{ type: 'Denied', status: 'True' }] }
  expect((await api.send(user('mallory'), 'PUT accessrequests/ask/approval', { body: { ...body, status } })).code).toBe(403)
  expect(await recorded()).toEqual([])
  expect((await api.send(user('carol'), 'DELETE accessrequests/ask')).code).toBe(200)
  expect(await recorded()).toMatchObject([{ decision: 'Deleted', by: 'carol', request: 'ask' }])
})

it('J34 a decision that cannot be recorded at once is recorded later and survives a restart', async () => {
  const trouble: unknown[] = []
  const full = recorderTo(() => Promise.reject(new RecordError('NOT_DURABLE', 'no space')))
  const first = await recordContinually({ store: api.store, recorder: full, onError: (error) => trouble.push(error) })
  await decide('alice', 'accessrequests/ask/approval', { type: 'Denied', message: 'no' })
  await expect.poll(() => trouble.length).toBeGreaterThan(0)
  await first.stop()
  const second = await recordContinually({ store: api.store, recorder, onError: (error) => trouble.push(error) })
  await expect.poll(() => events).toMatchObject([{ decision: 'Denied', by: 'alice' }])
  await second.stop()
})
