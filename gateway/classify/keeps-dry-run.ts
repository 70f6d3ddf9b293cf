import { GROUP } from '../../domain/api/names.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { StatusError } from '../../domain/status-error.ts'
import { isBuiltIn } from '../../domain/workload/holds-pods.ts'
import type { ApiServers } from '../../kube/api-servers.ts'

/**
 * Why a dry run of a request is not surely one, in words. Undefined: it is. kube-apiserver keeps `dryRun`, of custom resources too, and so do we;
 * another server may not know it, and act. Whoever is about to send a dry run asks this first: it is the one place that does.
 * @throws StatusError ServiceUnavailable while nobody can read who serves which API
 */
export function whyNoDryRun(info: Pick<RequestInfo, 'apiGroup' | 'apiVersion'>, servers: ApiServers): string | undefined {
  if (info.apiGroup === GROUP) return undefined
  const server = servers.serverOf(info)
  const version = `${info.apiGroup}/${info.apiVersion}`
  switch (server.kind) {
    case 'kube-apiserver':
      return undefined
    case 'service':
      return `no dry run is possible: ${version} is served by ${server.service}, which may act on one`
    case 'unknown':
      // Nobody else serves the groups that kube-apiserver has by itself, unless an APIService says so.
      return isBuiltIn(info) ? undefined : `no dry run is possible: it is not known who serves ${version}`
    case 'unread':
      if (isBuiltIn(info)) return undefined
      throw new StatusError('ServiceUnavailable', `the gateway cannot read which API server serves ${version}; try again`, {
        details: { retryAfterSeconds: 1 },
      })
  }
}
