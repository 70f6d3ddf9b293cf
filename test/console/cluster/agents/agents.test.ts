import { expect, it } from 'vitest'
import { readAgents } from '../../../../console/cluster/agents/agents.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { AccessSuspension } from '../../../../domain/api/access-suspension.ts'
import { grant, NOW, policy } from '../../../domain/builders.ts'
import { stubClient } from '../stub-client.ts'

const request = (username: string, minutesAgo: number, phase?: string): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: `r-${username}-${minutesAgo}`, creationTimestamp: new Date(NOW - minutesAgo * 60_000).toISOString() },
  spec: { requester: { username, groups: [username === 'oidc:late' ? 'oidc:agents' : 'oidc:others'] } },
  status: {
    expiresAt: new Date(NOW + 600_000).toISOString(),
    ...(phase === undefined ? {} : { conditions: [{ type: phase, status: 'True' }] }),
  },
})
const suspension = (spec: Partial<AccessSuspension['spec']>, isLifted = false): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name: 's' },
  spec: { reason: 'x', ...spec },
  ...(isLifted ? { status: { conditions: [{ type: 'Lifted', status: 'True' }] } } : {}),
})
const empty = { accessgrants: [], accesspolicies: [], accesssuspensions: [] }

it('counts what each agent asked for and was given, those that have access or wait first', async () => {
  const used = { lastUsed: new Date(NOW - 30_000).toISOString(), uses: 1 }
  const { client } = stubClient({
    ...empty,
    accessrequests: [
      request('oidc:gone', 1, 'Denied'),
      request('oidc:late', 20, 'Denied'),
      request('oidc:late', 9),
      request('oidc:late', 30, 'Approved'),
    ],
    accessgrants: [grant({}, used), grant({ expiresAt: '2026-11-24T11:59:30Z' })],
  })
  const { agents } = await readAgents(client, NOW)
  expect(agents).toEqual([
    { username: 'oidc:agent', live: 1, pending: 0, asked: 0, denied: 0, lastSeenMs: NOW - 30_000, suspendedBy: undefined },
    { username: 'oidc:late', live: 0, pending: 1, asked: 3, denied: 1, lastSeenMs: NOW - 9 * 60_000, suspendedBy: undefined },
    { username: 'oidc:gone', live: 0, pending: 0, asked: 1, denied: 1, lastSeenMs: NOW - 60_000, suspendedBy: undefined },
  ])
})
it.each<[string, Partial<AccessSuspension['spec']>, boolean, readonly string[]]>([
  ['its name', { subjects: [{ kind: 'User', name: 'OIDC:late' }] }, false, ['oidc:late']],
  ['its group', { subjects: [{ kind: 'Group', name: 'oidc:others' }] }, false, ['oidc:gone']],
  ['its policy, in whichever cluster', { policy: 'agents' }, false, ['oidc:late']],
  ['all', { all: true }, false, ['oidc:late', 'oidc:gone']],
  ['nobody any more', { all: true }, true, []],
])('knows who is suspended by %s', async (_title, spec, isLifted, stopped) => {
  const { client } = stubClient({
    ...empty,
    accessrequests: [request('oidc:late', 1), request('oidc:gone', 2)],
    accesspolicies: [policy('agents', { clusters: ['other'] })],
    accesssuspensions: [suspension(spec, isLifted)],
  })
  const { agents } = await readAgents(client, NOW)
  expect(agents.filter(({ suspendedBy }) => suspendedBy === 's').map(({ username }) => username)).toEqual(stopped)
})
it('works without the right to see suspensions and policies, and says so', async () => {
  const { client } = stubClient({ accessrequests: [request('oidc:late', 1)], accessgrants: [] })
  const { agents, suspensions } = await readAgents(client, NOW)
  expect(agents).toMatchObject([{ username: 'oidc:late', suspendedBy: undefined }])
  expect(suspensions).toMatchObject({ is: 'unreadable', why: expect.stringContaining('accesssuspensions') as string })
})
it('fails when requests cannot be listed: it does not say that there is no agent', async () =>
  expect(readAgents(stubClient(empty).client, NOW)).rejects.toThrow('accessrequests'))
