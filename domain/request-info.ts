/**
 * A request as kube-apiserver interprets it. Port of k8s.io/apiserver/pkg/endpoints/request/requestinfo.go (v1.37). The gateway decides on this
 * interpretation, so any difference from upstream is a bypass. Paths that upstream would clean first (`//`, `.`, escapes) never get here: the gateway
 * refuses them on arrival.
 */
export type RequestInfo = {
  readonly isResourceRequest: boolean
  readonly path: string
  /** Kubernetes verb for resource requests, the lower-case HTTP method otherwise. */
  readonly verb: string
  readonly apiPrefix: string
  readonly apiGroup: string
  readonly apiVersion: string
  /** Empty for cluster-scoped requests. */
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  /** Empty when the request names no single object. */
  readonly name: string
  /** Name in the body of a create, for the rules of policies that are stricter than Allow. Optional. Defaults to not known. */
  readonly createdName?: string
  /** Path segments from the resource on, upstream's `Parts`. */
  readonly parts: readonly string[]
}

/**
 * Name of the object that a request is about. A proxied request names its pod or Service as `[SCHEME:]NAME[:PORT]`, the same object under many names:
 * SplitSchemeNamePort of k8s.io/apimachinery/pkg/util/net/port_split.go.
 */
export function objectNameOf({ subresource, name }: Pick<RequestInfo, 'subresource' | 'name'>): string {
  if (subresource !== 'proxy') return name
  const parts = name.split(':')
  return (parts.length < 3 ? parts[0] : parts[1]) ?? ''
}

type Act = Pick<RequestInfo, 'apiGroup' | 'resource' | 'subresource' | 'verb'>

/** Whether a request deletes a pod if its disruption budgets allow it. kube-apiserver sends no admission review of that deletion. */
export const isEviction = ({ apiGroup, resource, subresource, verb }: Act): boolean =>
  apiGroup === '' && resource === 'pods' && subresource === 'eviction' && verb === 'create'

/** Whether a request deletes objects. */
export const isDeletion = (act: Act): boolean => act.verb === 'delete' || act.verb === 'deletecollection' || isEviction(act)
