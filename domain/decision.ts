import type { Effect, Risk } from './api/access-policy.ts'
import type { Gain } from './api/gain.ts'
import type { RequestInfo } from './request-info.ts'

/** Kind of power that a request uses. domain/classify/power.ts has the table. */
export type Power = 'read' | 'write' | 'connect' | 'mint' | 'escalate' | 'ask' | 'unknown'

/** A request as the decision sees it: parsed as kube-apiserver parses it, with what it can do. */
export type Classified = {
  readonly info: RequestInfo
  /** Verb that rules and grants match. For exec, attach, portforward and proxy it is `create` for every HTTP method. */
  readonly verb: string
  readonly power: Power
  readonly risk: Risk
  /** Powers that the write adds to a workload. Sorted, never empty. Absent when it adds none or when its object was not inspected. */
  readonly gains?: readonly Gain[]
}

/** The decision of the policies of an identity about a request. */
export type Decision = {
  readonly effect: Effect
  readonly policy: string
  /** Name of the rule that decided; `default` when none matched. */
  readonly rule: string
  readonly risk: Risk
  /** Whether the deciding policy is in Shadow mode: it records and warns, and refuses nothing. */
  readonly shadow: boolean
  /** A rule whose condition depends on an unknown object, and why the object is unknown. The effect is then the strictest possible one. */
  readonly unseen?: { readonly rule: string; readonly why: string }
  /** The suspension that stops the identity. The effect is then Deny, in Shadow mode too. */
  readonly suspended?: { readonly name: string; readonly reason: string }
  /** Set when a condition could not be evaluated. The effect is then Deny, and the refusal is a 503 and not a 403. */
  readonly error?: string
  /**
   * Governing policies with the same effect as the deciding one. A grant counts only when it was approved under one of them; otherwise an agent could
   * choose whose approvers to ask. Absent: only the deciding policy.
   */
  readonly alike?: readonly string[]
  /** Set when every policy that governs the identity names it as a receiver. Otherwise no transferred grant counts. */
  readonly receives?: true
  /** Set when several policies govern the identity: a request must then name its policy. */
  readonly several?: true
}
