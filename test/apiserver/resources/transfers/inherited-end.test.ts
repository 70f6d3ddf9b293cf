import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { AGENT, agents, granted, grantOf, install, OTHER, revoke, START } from '../extensions/extending.ts'
import { serveApi, user, type Answer, type Served } from '../served-api.ts'

const ADMIN = user('root', 'system:masters')
let api: Served
let part: string
beforeEach(async () => {
  api = await serveApi(START)
  await install(api, agents({ transfer: { to: [{ kind: 'User', name: 'oidc:other' }] }, idleSeconds: 120 }))
  await granted(api, { maxUses: 5 })
  const made = await api.send(AGENT, 'POST accessgrants/first/transfer', {
    body: { apiVersion: 'jit.access/v1', kind: 'GrantTransfer', spec: { to: 'oidc:other' } },
  })
  part = (made.body as unknown as AccessGrant).status?.transfers?.at(-1)?.grantName ?? '?'
})
afterEach(() => api.close())

const statusOf = ({ body }: Answer) => (body as unknown as AccessGrant).status
const shown = async () => statusOf(await api.send(ADMIN, `GET accessgrants/${part}`))
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

/** The phase of the part in a list, in a table, and in a watch from the beginning. */
async function phases(): Promise<readonly unknown[]> {
  const list = (await api.send(OTHER, 'GET accessgrants')).body as unknown as { readonly items: readonly AccessGrant[] }
  const table = (await api.send(OTHER, 'GET accessgrants', { accept: TABLE })).body as unknown as {
    readonly rows: readonly { readonly cells: readonly unknown[] }[]
  }
  api.as(OTHER)
  const stop = new AbortController()
  const watch = await fetch(api.url('accessgrants?watch=1&resourceVersion=0'), { signal: stop.signal })
  let text = ''
  for await (const chunk of watch.body as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString()
    if (text.includes('\n')) break
  }
  stop.abort()
  const event = JSON.parse(text.split('\n')[0] ?? '') as { readonly object: AccessGrant }
  return [list.items[0]?.status?.phase, table.rows[0]?.cells[2], event.object.status?.phase]
}

describe('a part of a grant is shown', () => {
  it('as Active while the other lives', async () => {
    expect(await phases()).toEqual(['Active', 'Active', 'Active'])
    expect((await shown())?.conditions).toBeUndefined()
  })

  it('as Revoked once the other is revoked, with the reason, in every kind of read, and without a write', async () => {
    const before = (await api.store.get('accessgrants', part))?.version
    await revoke(api, 'first')
    expect(await phases()).toEqual(['Revoked', 'Revoked', 'Revoked'])
    expect((await shown())?.conditions).toEqual([
      {
        type: 'Revoked',
        status: 'True',
        reason: 'TransferredFrom',
        message: 'accessgrant "first", which it is a part of, has ended',
        lastUpdateTime: expect.any(String) as string,
        lastTransitionTime: expect.any(String) as string,
      },
    ])
    expect((await api.store.get('accessgrants', part))?.version).toBe(before)
    expect((await grantOf(api, part)).status?.conditions).toBeUndefined()
  })

  it('as Revoked once the other is deleted, and does not come back with another grant of that name', async () => {
    const entry = await api.store.get('accessgrants', 'first')
    await api.store.commit([{ resource: 'accessgrants', name: 'first', expected: entry?.version ?? 0, value: null }])
    expect((await shown())?.phase).toBe('Revoked')
    const value = entry?.value as unknown as AccessGrant
    const another = { ...value, metadata: { ...value.metadata, uid: 'another' } }
    await api.store.commit([{ resource: 'accessgrants', name: 'first', expected: 0, value: another as never }])
    expect((await shown())?.phase).toBe('Revoked')
  })

  it('as Expired once the other was idle too long, although it was used itself', async () => {
    const entry = await api.store.get('accessgrants', part)
    const value = entry?.value as unknown as AccessGrant
    const used = { ...value, status: { ...value.status, lastUsed: new Date(START + 100_000).toISOString() } }
    await api.store.commit([{ resource: 'accessgrants', name: part, expected: entry?.version ?? 0, value: used as never }])
    api.clock.now = START + 125_000
    expect([(await shown())?.phase, await phases()]).toEqual(['Expired', ['Expired', 'Expired', 'Expired']])
  })
})
