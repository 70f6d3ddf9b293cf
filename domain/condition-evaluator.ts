/** Variables for the object that a request writes and for the object as it exists. */
export type ObjectVariable = 'object' | 'oldObject'

/** Input of a CEL condition in a policy. The condition sees null for an object that is absent. */
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
    /** Whether the request is a dry run. */
    readonly dryRun: boolean
  }
  readonly user: { readonly username: string; readonly groups: readonly string[] }
  readonly object?: unknown
  readonly oldObject?: unknown
  /** Objects that may exist but are not known yet. Optional. Defaults to none. */
  readonly unknown?: readonly ObjectVariable[]
}

/**
 * Port: evaluates one condition. Never guesses: it throws when the condition cannot be evaluated, when the result depends on an unknown object, and
 * when the result is not a boolean.
 * @throws TooExpensiveError when it takes more steps than one request may use
 */
export type ConditionEvaluator = (condition: string, input: ConditionInput) => boolean

/** Evaluating the conditions of the policies takes more steps than one request may use. */
export class TooExpensiveError extends Error {
  constructor(steps: number) {
    super(`the conditions take more than ${steps} steps on this request`)
    this.name = 'TooExpensiveError'
  }
}
