import { expect, it } from 'vitest'
import { readHistory, type Selected } from '../../../../console/cluster/history/history.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { grant, NOW } from '../../../domain/builders.ts'
import { stubClient } from '../stub-client.ts'

const HOUR = 3600_000
const all: Selected = { requester: '', policy: '', outcome: undefined, decidedBy: undefined, sinceMs: 0, nowMs: NOW, most: 100 }

function decided(name: string, minutesAgo: number, { type = 'Denied', by = 'oidc:alice', reason = 'no' } = {}): AccessRequest {
  const time = new Date(NOW - minutesAgo * 60_000).toISOString()
  return {
    apiVersion: 'jit.access/v1',
    kind: 'AccessRequest',
    metadata: { name, creationTimestamp: time },
    spec: { requester: { username: 'oidc:agent' }, policy: 'agents', rules: [{ verbs: ['get'], resources: ['pods'] }] },
    status: {
      conditions: [{ type, status: 'True', lastTransitionTime: time }],
      reviews: [{ reviewer: { username: by }, decision: type === 'Approved' ? 'Approved' : 'Denied', message: reason, time }],
      ...(type === 'Approved' ? { grantName: 'g1' } : {}),
    },
  }
}
const names = async (requests: readonly AccessRequest[], selected: Partial<Selected> = {}): Promise<readonly string[]> => {
  const { client } = stubClient({ accessrequests: requests, accessgrants: [] })
  return (await readHistory(client, { ...all, ...selected })).rows.map(({ name }) => name)
}

it('shows what was decided or ended, newest first, and nothing that waits', async () => {
  const waiting: AccessRequest = { ...decided('waiting', 1), status: { expiresAt: new Date(NOW + HOUR).toISOString() } }
  const expired: AccessRequest = { ...decided('expired', 50), status: { expiresAt: new Date(NOW - 20 * 60_000).toISOString() } }
  expect(await names([decided('old', 30), waiting, expired, decided('new', 10)])).toEqual(['new', 'expired', 'old'])
})
it('selects by outcome, by who decided, and by time', async () => {
  const requests = [decided('a', 10, { type: 'Approved' }), decided('b', 20, { by: 'OIDC:Bob' }), decided('c', 90)]
  expect(await names(requests, { outcome: 'Approved' })).toEqual(['a'])
  expect(await names(requests, { decidedBy: 'oidc:bob' })).toEqual(['b'])
  expect(await names(requests, { sinceMs: NOW - HOUR })).toEqual(['a', 'b'])
})
it('leaves out what has no readable time', async () => {
  const odd = {
    ...decided('odd', 1),
    metadata: { name: 'odd', creationTimestamp: 'x' },
    status: { conditions: [{ type: 'Denied', status: 'True' as const }] },
  }
  expect(await names([odd])).toEqual([])
})
it('asks the server for the requester and the policy, whatever their names hold', async () => {
  const { client, calls } = stubClient({ accessrequests: [], accessgrants: [] })
  await readHistory(client, { ...all, requester: 'cn=bot,ou=x\\y', policy: 'p' })
  expect(calls[0]?.query?.['fieldSelector']).toBe('spec.requester.username=cn\\=bot\\,ou\\=x\\\\y,spec.policy=p')
})
it('says what became of the grant, if the user may see it', async () => {
  const requests = [decided('a', 10, { type: 'Approved' })]
  const there = stubClient({ accessrequests: requests, accessgrants: [grant({}, { uses: 2 })] })
  expect((await readHistory(there.client, all)).rows[0]?.grantEnd).toBe('is live, 2 uses')
  const hidden = stubClient({ accessrequests: requests })
  expect((await readHistory(hidden.client, all)).rows[0]?.grantEnd).toBe('not known')
})
it('holds few rows of thousands of large requests', async () => {
  const long = 'x'.repeat(50_000)
  const requests = Array.from({ length: 5000 }, (_, index) => decided(`r${index}`, index + 1, { reason: long }))
  const { client, calls } = stubClient({ accessrequests: requests, accessgrants: [] })
  const { rows, left, isPartial } = await readHistory(client, all)
  expect([rows.length, left, isPartial]).toEqual([100, 4900, false])
  expect(rows[0]?.name).toBe('r0')
  expect(JSON.stringify(rows).length).toBeLessThan(200_000)
  expect(calls.length).toBe(25)
})
