import { StatusError } from '../domain/status-error.ts'
import type { KubeClient } from './client.ts'
import { revisionOf } from './informer.ts'

/** No object has this name: the answer is an empty list, whatever the cluster holds. */
const PATH = '/api/v1/namespaces/kube-system/secrets'
const NOBODY = 'metadata.name=jit-access-asks-for-the-newest-revision'
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
const TIMEOUT_MS = 2_000

/**
 * Asks kube-apiserver for the revision that etcd has now, by a consistent list of Secrets that finds nothing. From Kubernetes 1.34 on
 * (1.31 by default) it is answered from the cache that also feeds the watches of Secrets, once that cache has this revision; before,
 * etcd answers. A `limit` would send older servers to etcd, and selects all Secrets; one name is looked up.
 * @throws StatusError
 */
export function createLatestRevision(client: KubeClient): () => Promise<bigint> {
  return async () => {
    const { metadata } = await client.json<{ readonly metadata?: { readonly resourceVersion?: string } }>({
      method: 'GET',
      path: PATH,
      query: { fieldSelector: NOBODY },
      headers: { accept: METADATA_ONLY },
      timeoutMs: TIMEOUT_MS,
    })
    const revision = revisionOf(metadata?.resourceVersion)
    if (revision === undefined) throw new StatusError('BadGateway', 'the Kubernetes API server did not say at which revision it is')
    return revision
  }
}
