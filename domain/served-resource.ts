/** A resource, or a subresource of one, that a cluster serves. */
export type ServedResource = {
  readonly group: string
  /** Plural, with the subresource as in `pods/exec`. */
  readonly resource: string
  readonly namespaced: boolean
  readonly kind: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly verbs: readonly string[]
}

export type Discovered = {
  readonly resources: readonly ServedResource[]
  /** Groups whose server did not answer, so their resources are unknown. */
  readonly unknownGroups: ReadonlySet<string>
}
