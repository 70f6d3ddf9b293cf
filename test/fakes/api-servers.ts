import type { ApiServer, ApiServers } from '../../kube/api-servers.ts'

/** Which API server serves a group and version, as the test sets it; kube-apiserver serves all others. */
export const apiServers = (others: { readonly [groupVersion: string]: ApiServer } = {}): ApiServers => ({
  serverOf: ({ apiGroup, apiVersion }) => others[`${apiGroup}/${apiVersion}`] ?? { kind: 'kube-apiserver' },
})

/** Both ways in which an API may not be kube-apiserver's: served by a Service, or unknown. */
export const FOREIGN: readonly ApiServer[] = [{ kind: 'service', service: 'monitoring/adapter' }, { kind: 'unknown' }]
