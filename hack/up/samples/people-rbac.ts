const binding = (name: string, role: string, groups: readonly string[]): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: groups.map((group) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group })),
})

/**
 * Plain RBAC for people: approvers approve, developers work as they did before jit-access, admins administer.
 * @param prefixes of the groups, one for each way to sign in
 */
export function people(prefixes: readonly string[]): readonly object[] {
  const named = (group: string): readonly string[] => prefixes.map((prefix) => `${prefix}${group}`)
  return [
    binding('sample-approvers', 'jit-approver', named('approvers')),
    binding('sample-suspenders', 'jit-suspender', named('approvers')),
    binding('sample-developers', 'admin', named('developers')),
    binding('sample-admins', 'cluster-admin', named('admins')),
  ]
}
