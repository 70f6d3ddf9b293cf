import { expect, it } from 'vitest'
import { governingPolicies } from '../../../../apiserver/resources/requests/request-policy.ts'
import type { JsonObject, Store } from '../../../../apiserver/storage/port.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { policy } from '../../../domain/builders.ts'

const user = { username: 'oidc:agent', uid: '', groups: ['oidc:agents'], extra: {} }
const request: AccessRequest = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'ask' }, spec: {} }
const entries = [policy('agents', { clusters: ['here'] })].map((each) => ({
  resource: 'accesspolicies',
  name: each.metadata.name,
  version: 1,
  value: each as unknown as JsonObject,
}))
const store = { list: () => Promise.resolve({ entries, version: 1 }) } as unknown as Store

it('a request without a cluster is for this cluster', async () => {
  await expect(governingPolicies({ store, cluster: 'here' }, user, request)).resolves.toMatchObject({ chosen: { metadata: { name: 'agents' } } })
  await expect(governingPolicies({ store, cluster: 'elsewhere' }, user, request)).rejects.toMatchObject({ reason: 'Forbidden' })
  await expect(governingPolicies({ store }, user, request)).rejects.toMatchObject({ reason: 'Forbidden' })
})
