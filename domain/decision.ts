import type { Effect, Risk } from './api/access-policy.ts'
import type { Gain } from './gain.ts'
import type { RequestInfo } from './request-info.ts'

/** What kind of power a request uses; see domain/classify/power.ts for the table. */
export type Power = 'read' | 'write' | 'connect' | 'mint' | 'escalate' | 'ask' | 'unknown'

/** A request as the decision sees it: kube-apiserver's reading and what it can do. */
export type Classified = {
  readonly info: RequestInfo
  /** The verb that rules and grants are matched on: `create` for exec, attach, portforward and proxy whatever the method. */
  readonly verb: string
  readonly power: Power
  readonly risk: Risk
  /** What the write gives to a workload that it did not have: sorted, never empty. Absent: nothing, or its object was not looked at. */
  readonly gains?: readonly Gain[]
}

/** What the policies of an identity say of a request. */
export type Decision = {
  readonly effect: Effect
  readonly policy: string
  /** Name of the rule that decided; `default` when none matched. */
  readonly rule: string
  readonly risk: Risk
  /** True when the deciding policy only watches: record and warn, refuse nothing. */
  readonly shadow: boolean
  /**
   * The name of a rule whose condition hangs on an object that is not known, and why it is not. The effect is then the strictest that it can be.
   */
  readonly unseen?: { readonly rule: string; readonly why: string }
  /** Set when a condition could not be evaluated: the effect is then Deny and the refusal a 503, not a 403. */
  readonly error?: string
  /**
   * The governing policies that say the same as this one: a grant counts when it was approved under one of them. With any other an agent
   * would choose whose approvers to ask. Absent: this policy alone.
   */
  readonly alike?: readonly string[]
  /** Several policies govern the identity: who asks has to say under which. */
  readonly several?: true
}
