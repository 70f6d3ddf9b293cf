/** An object that `kubectl certify policy-rbac` prints. */
export type RbacObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly [field: string]: unknown
}
export type RbacRule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}
export type RbacSubject = { readonly kind: string; readonly name: string; readonly apiGroup?: string; readonly namespace?: string }

const GROUP = 'rbac.authorization.k8s.io'
const API_VERSION = `${GROUP}/v1`

export const IMPERSONATOR: RbacSubject = { kind: 'ServiceAccount', name: 'jit-impersonator', namespace: 'jit-system' }
export const groupSubject = (name: string): RbacSubject => ({ apiGroup: GROUP, kind: 'Group', name })

export const role = (name: string, rules: readonly RbacRule[]): RbacObject => ({
  apiVersion: API_VERSION,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})

/** Binds the ClusterRole of the same name, or `roleName`. */
export const binding = (name: string, subject: RbacSubject, roleName = name): RbacObject => ({
  apiVersion: API_VERSION,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: roleName },
  subjects: [subject],
})
