/** What a policy's CEL condition sees. `object` and `oldObject` are absent where nobody has them, as at the gateway. */
export type ConditionInput = {
  readonly request: {
    readonly verb: string
    readonly group: string
    readonly version: string
    readonly resource: string
    readonly subresource: string
    readonly namespace: string
    readonly name: string
    readonly path: string
    /** Whether the request only tries what would happen. */
    readonly dryRun: boolean
  }
  readonly user: { readonly username: string; readonly groups: readonly string[] }
  readonly object?: unknown
  readonly oldObject?: unknown
}

/** Port: evaluates one condition. Throws when it cannot be evaluated or is no boolean; never answers a guess. */
export type ConditionEvaluator = (condition: string, input: ConditionInput) => boolean
