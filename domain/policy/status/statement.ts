import type { Condition } from '../../api/conditions.ts'

/**
 * Impersonable: the gateway can impersonate the policy's groups. Valid: all of its content can be used. Applicable: it applies in this cluster.
 * Permitted: RBAC lets agents do what it allows. Grantable: RBAC lets grants give what it requires grants for. Served: the cluster serves what it
 * names. Typed: the cluster's schemas have the fields that its conditions read. Affordable: none of its conditions has used up the steps of a
 * request. BreakGlassReviewed: no review of break-glass is overdue. Ready: Impersonable, Valid and Applicable, and some of what it allows and of what it requires grants for is possible.
 */
export type Statement = {
  readonly type:
    'Ready' | 'Impersonable' | 'Valid' | 'Applicable' | 'Permitted' | 'Grantable' | 'Served' | 'Typed' | 'Affordable' | 'BreakGlassReviewed'
  readonly status: Condition['status']
  readonly reason: string
  readonly message: string
}
