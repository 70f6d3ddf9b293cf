/**
 * What kube-apiserver will take a request for: the port of
 * k8s.io/apiserver/pkg/endpoints/request/requestinfo.go (v1.37). The gateway decides on this reading, so any difference to
 * upstream is a bypass. Paths that upstream would read after cleaning them (`//`, `.`, escapes) never get here: arrival
 * refuses them.
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
  /** Segments below the resource, upstream's `Parts`. */
  readonly parts: readonly string[]
}
