import type { RequestInfo } from '../../domain/request-info.ts'
import type { RouteKind } from './accept.ts'

/** Depends only on the parsed route. */
export function routeKind({ isResourceRequest, subresource }: RequestInfo): RouteKind {
  if (!isResourceRequest) return 'static'
  return subresource === 'log' || subresource === 'proxy' ? 'text' : 'object'
}
