/** Plain RBAC for the people of the dev identity provider: approvers approve, developers work as they did before jit-access, admins administer. */
const binding = (name: string, role: string, group: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
})

export const people = (): readonly object[] => [
  binding('sample-approvers', 'jit-approver', 'oidc:approvers'),
  binding('sample-suspenders', 'jit-suspender', 'oidc:approvers'),
  binding('sample-developers', 'admin', 'oidc:developers'),
  binding('sample-admins', 'cluster-admin', 'oidc:admins'),
]
