import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { readAskedBefore } from '../../../console/cluster/asked-before.ts'
import type { UserClient } from '../../../console/cluster/impersonate.ts'
import { readInbox } from '../../../console/cluster/inbox.ts'
import { readOpenReviews } from '../../../console/cluster/reviews.ts'
import { openRecording, readSessions } from '../../../console/cluster/sessions.ts'
import { requestOf } from '../../apiserver/resources/served-api.ts'
import { stubClient } from './stub-client.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const held = (name: string, status: object): AccessRequest => {
  const request = requestOf(name, { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] })
  const operation = { method: 'PATCH', path: '/x', digest: 'd', diff: '+'.repeat(9000), body: 'b'.repeat(9000) }
  const metadata = { ...request.metadata, creationTimestamp: new Date(NOW - 1000).toISOString() }
  return { ...request, metadata, spec: { ...request.spec, operation }, status: { ...request.status, ...status } }
}

it('an inbox of thousands of requests keeps no plans', async () => {
  const { client } = stubClient({ accessrequests: [held('r-1', { phase: 'Pending' })], breakglassreviews: [] })
  const inbox = await readInbox(client, { username: 'oidc:agent', groups: [] }, NOW)
  const text = JSON.stringify(inbox)
  expect(text).toContain('"r-1"')
  expect(text.length).toBeLessThan(5000)
})
it('what was asked before keeps no plans', async () => {
  const past = held('r-2', { conditions: [{ type: 'Denied', status: 'True', lastTransitionTime: new Date(NOW - 500).toISOString() }] })
  const { client } = stubClient({ accessrequests: [past] })
  const before = await readAskedBefore(client, { ...past, metadata: { ...past.metadata, name: 'r-3' } }, NOW)
  expect(before.items).toHaveLength(1)
  expect(JSON.stringify(before).length).toBeLessThan(5000)
})
it('an open review is found behind hundreds of decided ones', async () => {
  const spec = { subject: { username: 'oidc:agent' }, dueAt: '2026-01-02T00:00:00Z', requestName: 'r' }
  const decided = { metadata: { name: 'a' }, spec, status: { conditions: [{ type: 'Justified', status: 'True' }] } }
  const { client } = stubClient({ breakglassreviews: [...Array.from({ length: 700 }, () => decided), { metadata: { name: 'open' }, spec }] })
  expect((await readOpenReviews(client, 'oidc:alice')).map(({ metadata }) => metadata.name)).toEqual(['open'])
})
it('a search of sessions says that it did not read all', async () => {
  const sessions = Array.from({ length: 10_001 }, (_, index) => ({ metadata: { name: `s-${index}` }, spec: { username: 'oidc:agent' } }))
  const search = { agent: '', policy: '', outcome: 'any', sinceMs: NOW } as const
  expect((await readSessions(stubClient({ accesssessions: sessions }).client, search)).isPartial).toBe(true)
  expect((await readSessions(stubClient({ accesssessions: sessions.slice(1) }).client, search)).isPartial).toBe(false)
})
it('a recording that the console may not read in the name of a user is not a refusal of the user', async () => {
  const message = 'User "system:serviceaccount:jit-system:jit-console" cannot impersonate-on:user-info:get resource "accesssessions/recording"'
  const body = Readable.from([Buffer.from(JSON.stringify({ kind: 'Status', message, reason: 'Forbidden', code: 403 }))])
  const client = { raw: () => Promise.resolve({ status: 403, headers: {}, body }) } as unknown as UserClient
  await expect(openRecording(client, 's', 'a')).rejects.toThrow('does not let the console act in your name')
})
