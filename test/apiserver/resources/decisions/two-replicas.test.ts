import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { Identity } from '../../../../domain/identity.ts'
import { openSqliteStore } from '../../../../apiserver/storage/sqlite.ts'
import type { Store } from '../../../../apiserver/storage/port.ts'
import { policy } from '../../../domain/builders.ts'
import { put, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const AGENT = user('agent')
const [ONE, TWO] = [user('approver-one'), user('approver-two')]
const ask = (name: string, more: object = {}) => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name },
  spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'], resourceNames: [name] }], ...more },
})

let store: Store
/** Two replicas: nothing is shared but the store. */
let replicas: readonly [Served, Served]
beforeEach(async () => {
  store = openSqliteStore(':memory:', START)
  replicas = [await serveApi(START, store), await serveApi(START, store)]
  for (const each of replicas) each.rights = () => true
  await put(store, 'accesspolicies', policy('p', { subjects: [{ kind: 'User', name: 'agent' }], requests: { maxPending: 3 } }))
})
afterEach(async () => {
  for (const each of replicas) await each.close()
  await store.close()
})

const [left, right] = [0, 1] as const
const read = async (name: string) => (await replicas[0].send(ONE, `GET accessrequests/${name}`)).body as unknown as AccessRequest
const grants = async (): Promise<readonly AccessGrant[]> =>
  (await store.list('accessgrants')).entries.map(({ value }) => value as unknown as AccessGrant)
const codesOf = async (answers: readonly Promise<{ readonly code: number }>[]): Promise<readonly number[]> =>
  (await Promise.all(answers)).map(({ code }) => code).toSorted((one, other) => one - other)

/** A decision through one of the replicas: a PUT of the version that was read, or a PATCH of whatever is stored. */
async function decide(
  replica: 0 | 1,
  by: Identity,
  { name, type, seen }: { readonly name: string; readonly type: string; readonly seen?: AccessRequest },
) {
  const conditions = [{ type, status: 'True', reason: 'Test' }]
  const path = `accessrequests/${name}/approval`
  return seen === undefined
    ? await replicas[replica].send(by, `PATCH ${path}`, { body: { status: { conditions } }, type: 'application/merge-patch+json' })
    : await replicas[replica].send(by, `PUT ${path}`, { body: { ...seen, status: { ...seen.status, conditions } } })
}

describe('two replicas that decide one request at once', () => {
  it.each([
    ['two approvals of the version that both read', ['Approved', 'Approved'], true],
    ['two approvals of whatever is stored', ['Approved', 'Approved'], false],
    ['an approval and a denial', ['Approved', 'Denied'], true],
    ['an approval and a denial of whatever is stored', ['Approved', 'Denied'], false],
  ] as const)('%s: one wins, the other gets a 409, and the decision is recorded once', async (_, [first, second], isPut) => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, 3)) {
      const before = (await grants()).length
      expect((await replicas[left].send(AGENT, 'POST accessrequests', { body: ask(name) })).code).toBe(201)
      const seen = isPut ? { seen: await read(name) } : {}
      const both = [decide(left, ONE, { name, type: first, ...seen }), decide(right, TWO, { name, type: second, ...seen })]
      expect(await codesOf(both)).toEqual([200, 409])
      const { status } = await read(name)
      const made = (await grants()).slice(before)
      expect(made.map(({ spec }) => spec.requestName)).toEqual(status?.phase === 'Approved' ? [name] : [])
      expect(status?.reviews).toHaveLength(1)
      expect(status?.conditions).toHaveLength(1)
      const recorded = (await store.list('unrecorded')).entries.filter(({ value }) => value['request'] === name)
      expect(recorded.map(({ value }) => value['decision'])).toEqual([status?.phase])
    }
  })

  it('an approval and a withdrawal: a withdrawn request has no grant', async () => {
    await replicas[left].send(AGENT, 'POST accessrequests', { body: ask('a') })
    const withdrawal = replicas[right].send(AGENT, 'POST accessrequests/a/withdrawal', {
      body: { apiVersion: 'jit.access/v1', kind: 'RequestWithdrawal', spec: {} },
    })
    await Promise.all([decide(left, ONE, { name: 'a', type: 'Approved' }), withdrawal])
    const { status } = await read('a')
    expect(['Approved', 'Withdrawn']).toContain(status?.phase)
    expect(await grants()).toHaveLength(status?.phase === 'Approved' ? 1 : 0)
  })
})

it('a requester that files through both replicas at once has no more pending requests than its policy allows', async () => {
  const filed = Array.from({ length: 20 }, (_, index) =>
    replicas[index % 2 === 0 ? left : right].send(AGENT, 'POST accessrequests', { body: ask(`n${index}`) }),
  )
  expect((await codesOf(filed)).filter((code) => code === 201)).toHaveLength(3)
  expect((await store.list('accessrequests')).entries).toHaveLength(3)
})

it('the last use of a grant is taken by one replica', async () => {
  await replicas[left].send(AGENT, 'POST accessrequests', { body: ask('a', { maxUses: 1 }) })
  expect((await decide(left, ONE, { name: 'a', type: 'Approved' })).code).toBe(200)
  const claim = (replica: 0 | 1) =>
    replicas[replica].send(user('system:serviceaccount:jit-access:jit-gateway'), 'POST accessgrants/a/claim', {
      body: { apiVersion: 'jit.access/v1', kind: 'GrantClaim', spec: { auditID: `use-${replica}` } },
    })
  expect(await codesOf([claim(left), claim(right)])).toEqual([201, 409])
  expect((await grants())[0]?.status?.uses).toBe(1)
})
