import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { ObjectMeta } from '../../domain/api/object-meta.ts'
import { reducedSpec, reducedStatus } from './reduced-spec.ts'

const metadataOf = ({ name, uid, resourceVersion, creationTimestamp }: ObjectMeta): ObjectMeta => ({
  name,
  ...(uid === undefined ? {} : { uid }),
  ...(resourceVersion === undefined ? {} : { resourceVersion }),
  ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
})

/** What messages need of a request. Without bodies and differences, which can be 300 KiB each, thousands of requests fit into memory. */
export function reducedRequest(request: AccessRequest): AccessRequest {
  const { operation, ...spec } = request.spec
  const kept = operation === undefined ? undefined : { method: operation.method, path: operation.path.slice(0, 1024), digest: operation.digest }
  const summary = operation?.summary === undefined ? {} : { summary: operation.summary }
  return {
    ...request,
    metadata: metadataOf(request.metadata),
    ...(request.status === undefined ? {} : { status: reducedStatus(request.status) }),
    spec: { ...reducedSpec(spec), ...(kept === undefined ? {} : { operation: { ...kept, ...summary } }) },
  }
}

export function reducedGrant(grant: AccessGrant): AccessGrant {
  const { recentClaims: _, ...status } = grant.status ?? {}
  return { ...grant, metadata: metadataOf(grant.metadata), status }
}
