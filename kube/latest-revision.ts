import { StatusError } from '../domain/status-error.ts'
import type { KubeClient } from './client.ts'
import { revisionOf } from './informer.ts'

/** No object has the name in NO_MATCH, so the list is always empty. */
const PATH = '/api/v1/namespaces/kube-system/secrets'
const NO_MATCH = 'metadata.name=jit-access-asks-for-the-newest-revision'
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
const TIMEOUT_MS = 2_000

/**
 * Gets the current revision of etcd from kube-apiserver, by a consistent list of Secrets that finds nothing. Since Kubernetes 1.34 (1.31 by
 * default) it is served from the cache that also feeds the watches of Secrets, once that cache has this revision. Older versions read from
 * etcd. A field selector on the name is cheaper than `limit`, which sends older servers to etcd and selects all Secrets.
 * @throws StatusError
 */
export function createLatestRevision(client: KubeClient): () => Promise<bigint> {
  return async () => {
    const { metadata } = await client.json<{ readonly metadata?: { readonly resourceVersion?: string } }>({
      method: 'GET',
      path: PATH,
      query: { fieldSelector: NO_MATCH },
      headers: { accept: METADATA_ONLY },
      timeoutMs: TIMEOUT_MS,
    })
    const revision = revisionOf(metadata?.resourceVersion)
    if (revision === undefined) throw new StatusError('BadGateway', 'the Kubernetes API server did not say at which revision it is')
    return revision
  }
}
