import { StatusError } from '../../../domain/status-error.ts'
import type { KubeClient } from '../../../kube/client.ts'
import type { ImpactReader, Reading } from '../../../domain/explain/impact/impact-reader.ts'

/** Reads of one impact, and the time for all of them: a person waits for the page. */
const MAX_READS = 24
const MAX_MS = 3000
/** Kinds that are counted, and where. Secrets and ConfigMaps hold values, so the reader needs no right to list them. */
const COUNTED: { readonly [resource: string]: string } = {
  pods: '/api/v1',
  services: '/api/v1',
  persistentvolumeclaims: '/api/v1',
  'deployments.apps': '/apis/apps/v1',
  'statefulsets.apps': '/apis/apps/v1',
  'daemonsets.apps': '/apis/apps/v1',
}
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

type Counted = { readonly metadata?: { readonly remainingItemCount?: number }; readonly items?: readonly unknown[] }

/** Reads with the rights of the client. Each path is read once. What the client may not read is a reading that says so. */
export function createClusterReader(client: KubeClient): ImpactReader {
  const known = new Map<string, Promise<Reading<unknown>>>()
  const signal = AbortSignal.timeout(MAX_MS)
  const ask = async (path: string, accept: string): Promise<Reading<unknown>> => {
    if (known.size >= MAX_READS) return { is: 'unreadable', why: `not read: this request touches too much for ${MAX_READS} reads` }
    if (signal.aborted) return { is: 'unreadable', why: 'not read: the time for it is over' }
    try {
      return { is: 'there', value: await client.json<unknown>({ method: 'GET', path, headers: { accept }, signal, timeoutMs: MAX_MS }) }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      // Without a name in its details, it is the path that the server does not know.
      return error.reason === 'NotFound' && error.details?.name !== undefined ? { is: 'absent' } : { is: 'unreadable', why: error.message }
    }
  }
  const once = <T>(path: string, accept: string): Promise<Reading<T>> => {
    const key = `${accept} ${path}`
    const reading = known.get(key) ?? ask(path, accept)
    known.set(key, reading)
    return reading as Promise<Reading<T>>
  }
  return {
    read: (path, { metadataOnly = false } = {}) => once(path, metadataOnly ? METADATA : 'application/json'),
    count: async (resource, namespace) => {
      const base = Object.hasOwn(COUNTED, resource) ? COUNTED[resource] : undefined
      if (base === undefined) return { is: 'unreadable', why: 'the server has no right to count them' }
      const [plural = ''] = resource.split('.')
      const list = await once<Counted>(`${base}/namespaces/${encodeURIComponent(namespace)}/${plural}?limit=1`, METADATA)
      if (list.is !== 'there') return list
      return { is: 'there', value: (list.value.items ?? []).length + (list.value.metadata?.remainingItemCount ?? 0) }
    },
  }
}
