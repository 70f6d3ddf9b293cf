import { GROUP } from '../../domain/api/names.ts'
import type { RequestInfo } from '../../domain/request-info.ts'
import { StatusError } from '../../domain/status-error.ts'
import { isBuiltIn } from '../../domain/workload/holds-pods.ts'
import type { ApiServers } from '../../kube/api-servers.ts'

/**
 * Returns why a dry run of a request cannot be trusted to change nothing; undefined when it can. kube-apiserver honors `dryRun`, also for custom
 * resources, and so does jit-apiserver. Another API server may ignore it and execute the request. Every sender of a dry run must call this first.
 * @throws StatusError ServiceUnavailable while the APIServices cannot be read
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
      // kube-apiserver serves its built-in groups unless an APIService says otherwise.
      return isBuiltIn(info) ? undefined : `no dry run is possible: it is not known who serves ${version}`
    case 'unread':
      if (isBuiltIn(info)) return undefined
      throw new StatusError('ServiceUnavailable', `the gateway cannot read which API server serves ${version}; try again`, {
        details: { retryAfterSeconds: 1 },
      })
  }
}
