/** What the condition of a rule of `spec.approvals.autoApprove` sees. */
export type AutoApproveInput = {
  readonly request: {
    /** The words of the agent: nothing verifies them. Empty when it gives none. */
    readonly reason: string
    readonly ticket: string
    /** Empty for the cluster that the request is created in. */
    readonly cluster: string
    readonly durationSeconds: number
    /** Null: the uses have no limit. */
    readonly maxUses: number | null
  }
  /** The rules of access with their defaults written out, so that no list is empty by which a rule would cover everything. */
  readonly rules: readonly {
    readonly verbs: readonly string[]
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    /** `""` for cluster-scoped objects. */
    readonly namespaces: readonly string[]
    /** `*` for every name. */
    readonly resourceNames: readonly string[]
    readonly gains: readonly string[]
  }[]
  /** Null for a request that is not bound to one operation. */
  readonly operation: {
    readonly method: string
    readonly path: string
    readonly summary: string
    /** Empty when it is not known. */
    readonly dryRun: string
    /** The command of an exec. Empty for other operations. */
    readonly command: readonly string[]
  } | null
  readonly risk: string
  readonly requester: {
    readonly username: string
    /** Groups at kube-apiserver and, for an agent, the groups of its token. */
    readonly groups: readonly string[]
    readonly extra: { readonly [key: string]: readonly string[] }
  }
  /** What the agent says about itself. */
  readonly agent: { readonly name: string; readonly model: string; readonly session: string; readonly task: string }
  readonly nowMs: number
  /** Requests of the requester under the policy of the rule. */
  readonly history: { readonly approvedLastHour: number; readonly deniedLastDay: number }
}
