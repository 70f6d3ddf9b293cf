import type { Clock } from '../domain/clock.ts'
import type { RequestInfo } from '../domain/request-info.ts'
import type { KubeClient } from './client.ts'
import { createInformer, type Watched } from './informer.ts'

/**
 * The server of a group and version. `kube-apiserver`: kube-apiserver itself, also for custom resources. `service`: an aggregated API server.
 * `unknown`: no APIService exists for them. `unread`: the APIServices cannot be read now.
 */
export type ApiServer =
  | { readonly kind: 'kube-apiserver' }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unread' }

export type ApiServers = { serverOf(info: Pick<RequestInfo, 'apiGroup' | 'apiVersion'>): ApiServer }

type ApiService = Watched & { readonly spec?: { readonly service?: { readonly namespace?: string; readonly name?: string } | null } }

/** The maximum age of the copy of APIServices. They change only when an admin installs something. */
const STALE_MS = 30_000

/** Watches the APIServices of the cluster. */
export function watchApiServers(options: {
  readonly client: KubeClient
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}): ApiServers & { start(): void; stop(): void } {
  const services = createInformer<ApiService>({ ...options, path: '/apis/apiregistration.k8s.io/v1/apiservices' })
  return {
    start: () => services.start(),
    stop: () => services.stop(),
    serverOf: (info) => {
      if (!(services.staleForMs() <= STALE_MS)) return { kind: 'unread' }
      const known = services.get(`${info.apiVersion}.${info.apiGroup}`)
      const service = known?.spec?.service
      if (service !== undefined && service !== null) return { kind: 'service', service: `${service.namespace ?? '?'}/${service.name ?? '?'}` }
      return { kind: known === undefined ? 'unknown' : 'kube-apiserver' }
    },
  }
}
