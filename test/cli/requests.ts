import type { AccessRequest, AccessRequestSpec, AccessRequestStatus } from '../../domain/api/access-request.ts'
import { API_VERSION } from '../../domain/api/names.ts'

type Change = {
  readonly name?: string
  readonly resourceVersion?: string
  readonly spec?: Partial<AccessRequestSpec>
  readonly status?: Partial<AccessRequestStatus>
}

/** A pending request of an agent, as the server returns it. */
export const requestOf = ({ name = 'ask', resourceVersion = '7', spec = {}, status = {} }: Change = {}): AccessRequest => ({
  apiVersion: API_VERSION,
  kind: 'AccessRequest',
  metadata: { name, uid: `uid-${name}`, resourceVersion, creationTimestamp: '2026-11-25T11:59:00Z' },
  spec: {
    requester: {
      username: 'oidc:agent',
      groups: ['jit.access:agents'],
      extra: { 'jit.access/issuer': ['https://idp'], 'jit.access/groups': ['agents'] },
    },
    policy: 'coding-agents',
    durationSeconds: 600,
    rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments/scale'], namespaces: ['shop'], resourceNames: ['web'] }],
    ...spec,
  },
  status: { expiresAt: '2026-11-25T12:30:00Z', phase: 'Pending', ...status },
})

export const approvedBy = (username: string): Partial<AccessRequestStatus> => ({
  conditions: [{ type: 'Approved', status: 'True', message: 'fine' }],
  reviews: [{ reviewer: { username }, decision: 'Approved', time: '2026-11-25T11:59:30Z' }],
  grantName: 'ask',
})
