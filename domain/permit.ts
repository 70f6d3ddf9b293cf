import type { Classified, Decision } from './decision.ts'

/** The grant that a permit is based on. */
export type PermitGrant = {
  readonly name: string
  readonly policy: string
  readonly requestName: string
  readonly expiresAtMs: number
  readonly counted: boolean
  /** Undefined: the grant does not end when it is idle. */
  readonly idleSeconds: number | undefined
  /** Whether the grant was approved for one operation and the changes that it would have made at that time. */
  readonly bound: boolean
  /** Whether the grant was made without an approver. Optional. Defaults to false. */
  readonly breakGlass?: boolean
  /** The grants that it is a part of. Optional. Defaults to none. */
  readonly ancestors?: readonly string[]
}

export type UpcomingGrant = { readonly name: string; readonly notBefore: string }

/** Proof that this exact request was allowed. Only domain/grant may create one; the import rules enforce it. */
export class Permit {
  readonly #sealed = true
  readonly classified: Classified
  readonly decision: Decision
  /** Absent when the policy allows the request itself and no grant covers it. */
  readonly grant: PermitGrant | undefined

  private constructor(classified: Classified, decision: Decision, grant: PermitGrant | undefined) {
    this.classified = classified
    this.decision = decision
    this.grant = grant
  }

  static seal(classified: Classified, decision: Decision, grant?: PermitGrant): Permit {
    return new Permit(classified, decision, grant)
  }

  static isSealed(value: unknown): value is Permit {
    return typeof value === 'object' && value !== null && #sealed in value && value.#sealed
  }
}

/** The three results of an authorization. Errors are not a result: they are thrown. */
export type Verdict =
  | { readonly kind: 'allow'; readonly permit: Permit }
  | {
      readonly kind: 'ask'
      readonly for: 'grant' | 'approval'
      readonly decision: Decision
      /** A grant that covers the request and has not started. */
      readonly upcoming?: UpcomingGrant
      /** A live grant that covers the request, and has no use left of its class. */
      readonly spentGrant?: string
    }
  | { readonly kind: 'deny'; readonly decision: Decision }
