import type { Condition } from '../../api/conditions.ts'

/**
 * Impersonable: the gateway can act with the policy's groups. Valid: all that it says can be used. Applicable: it holds in this cluster.
 * Permitted: RBAC lets agents do what it allows. Grantable: RBAC lets a grant give what it wants one for. Served: the cluster serves what it names.
 * Typed: the fields that its conditions read are in the cluster's schemas. Affordable: no condition of it has used up the steps of a request.
 * Ready: the first three, and something of what it allows, and of what it wants grants for.
 */
export type Statement = {
  readonly type: 'Ready' | 'Impersonable' | 'Valid' | 'Applicable' | 'Permitted' | 'Grantable' | 'Served' | 'Typed' | 'Affordable'
  readonly status: Condition['status']
  readonly reason: string
  readonly message: string
}
