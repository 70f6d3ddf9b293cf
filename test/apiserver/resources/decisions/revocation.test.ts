import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { grantOf, put, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const APPROVER = user('olga')
const ADMIN = user('admin', 'system:masters')
const NAMESPACES = ['a', 'b', 'c']
const MERGE = 'application/merge-patch+json'
const REVOKED = { status: { conditions: [{ type: 'Revoked', status: 'True', reason: 'Stop', message: 'it loops' }] } }

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await put(api.store, 'accessgrants', grantOf('given', { owner: 'mallory', policy: 'p', namespaces: NAMESPACES }))
})
afterEach(() => api.close())

const stored = async (): Promise<AccessGrant> => (await api.store.get('accessgrants', 'given'))?.value as unknown as AccessGrant
const phase = async (): Promise<unknown> =>
  ((await api.send(ADMIN, 'GET accessgrants/given')).body['status'] as { readonly phase?: string } | undefined)?.phase

/** The agent uses its grant once in the time of each access review that decides. */
async function usedAllTheTime(): Promise<void> {
  const { version = 0, value = {} } = (await api.store.get('accessgrants', 'given')) ?? {}
  let [now, uses] = [version, 0]
  api.rights = async (_, { namespace }) => {
    if (namespace === undefined) return true
    uses += 1
    now = await api.store.commit([{ resource: 'accessgrants', name: 'given', expected: now, value: { ...value, status: { uses } } }]).catch(() => now)
    return true
  }
}

describe('a grant that its subject uses all the time is revoked', () => {
  it('by a patch', async () => {
    await usedAllTheTime()
    expect((await api.send(APPROVER, 'PATCH accessgrants/given/revocation', { type: MERGE, body: REVOKED })).code).toBe(200)
    expect(await phase()).toBe('Revoked')
  })

  it('by a PUT without a version', async () => {
    const seen = await stored()
    await usedAllTheTime()
    const answer = await api.send(APPROVER, 'PUT accessgrants/given/revocation', { body: { ...seen, ...REVOKED } })
    expect(answer.code).toBe(200)
    expect(await phase()).toBe('Revoked')
    expect((await stored()).status).toMatchObject({ uses: NAMESPACES.length })
  })
})

it('a PUT with a version that has passed is a conflict, as anywhere', async () => {
  api.rights = () => true
  const seen = await stored()
  const answer = await api.send(APPROVER, 'PUT accessgrants/given/revocation', {
    body: { ...seen, ...REVOKED, metadata: { ...seen.metadata, resourceVersion: '1' } },
  })
  expect([answer.code, await phase()]).toEqual([409, 'Active'])
})

it('the grant that took its name while the right was checked is not revoked', async () => {
  const other = { ...(await stored()), metadata: { name: 'given', uid: 'another' } }
  api.rights = async (_, { namespace }) => {
    if (namespace === NAMESPACES[0]) await put(api.store, 'accessgrants', other)
    return true
  }
  expect((await api.send(APPROVER, 'PATCH accessgrants/given/revocation', { type: MERGE, body: REVOKED })).code).toBe(409)
  expect(await phase()).toBe('Active')
})

it('a grant that was revoked before is not shown to a user that may not certify it', async () => {
  const grant = await stored()
  await put(api.store, 'accessgrants', { ...grant, status: { conditions: [{ type: 'Revoked', status: 'True' }] } })
  const { code, text } = await api.send(APPROVER, 'PATCH accessgrants/given/revocation', { type: MERGE, body: REVOKED })
  expect([code, text.includes('mallory')]).toEqual([403, false])
})
