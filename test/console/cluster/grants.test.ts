import { expect, it } from 'vitest'
import { revokeGrant } from '../../../console/cluster/grants.ts'
import type { UserClient } from '../../../console/cluster/impersonate.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeCall } from '../../../kube/client.ts'
import { grant } from '../../domain/builders.ts'

it('revokes a grant that its subject uses all the time', async () => {
  let version = 1
  const written: AccessGrant[] = []
  const answer = ({ method, body }: Omit<KubeCall, 'headers'>): AccessGrant => {
    const read = grant()
    // The grant is used between each read and write.
    if (method === 'GET') return { ...read, metadata: { ...read.metadata, resourceVersion: String(version++) } }
    const wanted = body as AccessGrant
    if (wanted.metadata.resourceVersion !== undefined) throw new StatusError('Conflict', 'the object has been modified')
    written.push(wanted)
    return wanted
  }
  const client = { json: (call: Omit<KubeCall, 'headers'>) => Promise.resolve().then(() => answer(call)) } as UserClient
  await revokeGrant(client, 'g1', 'enough')
  expect(written.map(({ status }) => conditionOf(status?.conditions, 'Revoked'))).toMatchObject([{ reason: 'Console', message: 'enough' }])
})
