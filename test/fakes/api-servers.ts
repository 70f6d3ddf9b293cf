import type { ApiServer, ApiServers } from '../../kube/api-servers.ts'

/** Who serves which group and version, as a test says it; kube-apiserver the rest. */
export const apiServers = (others: { readonly [groupVersion: string]: ApiServer } = {}): ApiServers => ({
  serverOf: ({ apiGroup, apiVersion }) => others[`${apiGroup}/${apiVersion}`] ?? { kind: 'kube-apiserver' },
})

/** What nobody asked about before knows of an API, in both ways in which it may not be kube-apiserver's. */
export const FOREIGN: readonly ApiServer[] = [{ kind: 'service', service: 'monitoring/adapter' }, { kind: 'unknown' }]
