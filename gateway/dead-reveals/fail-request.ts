import type { AccessRequest } from '../../domain/access-request.ts'
import { API_VERSION } from '../../domain/names.ts'
import type { KubeClient } from '../../kube/client.ts'

/** Ends an undecided request as failed. @throws StatusError Conflict when somebody was faster */
export async function failRequest(client: KubeClient, request: AccessRequest, why: string): Promise<void> {
  const { metadata, status } = request
  const failed = { type: 'Failed', status: 'True', reason: 'NothingToReveal', message: why } as const
  await client.json({
    method: 'PUT',
    path: `/apis/${API_VERSION}/accessrequests/${encodeURIComponent(metadata.name)}/status`,
    query: { fieldManager: 'jit-gateway' },
    body: {
      ...request,
      apiVersion: API_VERSION,
      kind: 'AccessRequest',
      status: { ...status, conditions: [...(status?.conditions ?? []), failed] },
    },
  })
}
