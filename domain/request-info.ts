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
  /** Path segments from the resource on, upstream's `Parts`. */
  readonly parts: readonly string[]
}
