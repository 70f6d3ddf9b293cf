type Named = { readonly name?: string }
type Source = { readonly secret?: Named & { readonly secretName?: string }; readonly serviceAccountToken?: unknown }
type Container = {
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: Named } }[]
  readonly envFrom?: readonly { readonly secretRef?: Named }[]
}
export type PodLike = {
  readonly spec?: {
    readonly containers?: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly ephemeralContainers?: readonly Container[]
    readonly volumes?: readonly (Source & { readonly projected?: { readonly sources?: readonly Source[] } })[]
  }
}

/** Names of the Secrets that a pod can read by its spec: volumes, projected volumes, env and envFrom. CSI volumes are not checked. */
export function secretsOf({ spec }: PodLike): readonly string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])]
  const names = [
    ...(spec?.volumes ?? []).flatMap(({ secret, projected }) => [
      secret?.secretName,
      ...(projected?.sources ?? []).map((source) => source.secret?.name),
    ]),
    ...containers.flatMap(({ env, envFrom }) => [
      ...(env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
    ]),
  ]
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}
