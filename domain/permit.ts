import type { Classified, Decision } from './decision.ts'

/** The grant that a permit rests on. */
export type PermitGrant = {
  readonly name: string
  readonly policy: string
  readonly requestName: string
  readonly expiresAtMs: number
  readonly counted: boolean
  /** It was approved for one operation, and for what that would have changed then. */
  readonly bound: boolean
}

/** Proof that someone allowed exactly this request. Only domain/grant makes one; the import rules keep it so. */
export class Permit {
  readonly #sealed = true
  readonly classified: Classified
  readonly decision: Decision
  /** Absent where the policy allows the request by itself and no grant covers it. */
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

/** The three answers to "may it?". An error is none of them: it is thrown. */
export type Verdict =
  | { readonly kind: 'allow'; readonly permit: Permit }
  | { readonly kind: 'ask'; readonly for: 'grant' | 'approval'; readonly decision: Decision }
  | { readonly kind: 'deny'; readonly decision: Decision }
