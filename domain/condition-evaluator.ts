/** The variables that hold what a request writes, and what is there before. */
export type ObjectVariable = 'object' | 'oldObject'

/** What a policy's CEL condition sees. An object that is absent is none, and null to the condition. */
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
  /** Objects that there may be and that nobody knows yet. Optional. Defaults to none. */
  readonly unknown?: readonly ObjectVariable[]
}

/**
 * Port: evaluates one condition. Throws when it cannot be evaluated, when its value hangs on an unknown object, or when it is no boolean; never
 * answers a guess. @throws TooExpensiveError when it takes more steps than a request may
 */
export type ConditionEvaluator = (condition: string, input: ConditionInput) => boolean

/** The conditions of the policies cost more than a request may. */
export class TooExpensiveError extends Error {
  constructor(steps: number) {
    super(`the conditions take more than ${steps} steps on this request`)
    this.name = 'TooExpensiveError'
  }
}
