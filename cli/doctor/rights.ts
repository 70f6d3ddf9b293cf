import type { Reading } from '../../domain/explain/impact/impact-reader.ts'
import type { Cluster, NamedObject } from './visible-cluster.ts'

type Rule = {
  readonly verbs?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}
export type RBACSubject = { readonly kind: string; readonly name: string; readonly namespace?: string }
type Role = NamedObject & { readonly rules?: readonly Rule[] | null }
export type RBACBinding = NamedObject & {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly RBACSubject[] | null
}

/** A right that RBAC can grant. `name`: for that object only. `namespace`: a right in that namespace is sufficient. */
export type Right = {
  readonly verbs: readonly string[]
  readonly group: string
  readonly resources: readonly string[]
  readonly name?: string
  readonly namespace?: string
}

/** A subject with a right and the binding that grants it. `all`: the role grants everything, as cluster-admin does. */
export type RightHolder = { readonly subject: RBACSubject; readonly binding: RBACBinding; readonly all: boolean }

/** Rights from the RBAC objects. Does not include other authorizers or the group system:masters, which has no binding. */
export type Rights = { readonly bindings: readonly RBACBinding[]; holders(right: Right): readonly RightHolder[] }

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const has = (list: readonly string[] | undefined, value: string): boolean => list?.some((one) => one === '*' || one === value) === true

/** `*` matches every resource and subresource, `*\/scale` that subresource of every resource. */
function coversResource(list: readonly string[] = [], resource: string): boolean {
  const [, subresource] = resource.split('/')
  return list.includes('*') || list.includes(resource) || (subresource !== undefined && list.includes(`*/${subresource}`))
}

function gives(rule: Rule, right: Right): boolean {
  return (
    right.verbs.some((verb) => has(rule.verbs, verb)) &&
    has(rule.apiGroups, right.group) &&
    right.resources.some((resource) => coversResource(rule.resources, resource)) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || right.name === undefined || rule.resourceNames.includes(right.name))
  )
}

const givesAll = ({ verbs, apiGroups, resources }: Rule): boolean =>
  verbs?.includes('*') === true && apiGroups?.includes('*') === true && resources?.includes('*') === true

export const subjectName = ({ kind, name, namespace }: RBACSubject): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
export const bindingName = ({ metadata }: RBACBinding): string =>
  metadata.namespace === undefined ? `clusterrolebinding ${metadata.name}` : `rolebinding ${metadata.name} in ${metadata.namespace}`

const roleKey = (kind: string, name: string, namespace: string | undefined): string => `${kind}/${kind === 'Role' ? (namespace ?? '') : ''}/${name}`

/** Reads all RBAC objects. If any kind cannot be read, returns that reading, because a partial view proves nothing. */
export async function readRights(cluster: Cluster): Promise<Reading<Rights>> {
  const [clusterRoles, roles, clusterBindings, roleBindings] = await Promise.all([
    cluster.list<Role>(`${RBAC}/clusterroles`),
    cluster.list<Role>(`${RBAC}/roles`),
    cluster.list<RBACBinding>(`${RBAC}/clusterrolebindings`),
    cluster.list<RBACBinding>(`${RBAC}/rolebindings`),
  ])
  if (clusterRoles.is !== 'there') return clusterRoles
  if (roles.is !== 'there') return roles
  if (clusterBindings.is !== 'there') return clusterBindings
  if (roleBindings.is !== 'there') return roleBindings
  const rules = new Map<string, readonly Rule[]>()
  for (const role of clusterRoles.value) rules.set(roleKey('ClusterRole', role.metadata.name, undefined), role.rules ?? [])
  for (const role of roles.value) rules.set(roleKey('Role', role.metadata.name, role.metadata.namespace), role.rules ?? [])
  const bindings = [...clusterBindings.value, ...roleBindings.value]

  const holders = (right: Right): readonly RightHolder[] =>
    bindings
      .filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === right.namespace)
      .flatMap((binding) => {
        const given = rules.get(roleKey(binding.roleRef.kind, binding.roleRef.name, binding.metadata.namespace)) ?? []
        if (!given.some((rule) => gives(rule, right))) return []
        return (binding.subjects ?? []).map((subject) => ({ subject, binding, all: given.some(givesAll) }))
      })
  return { is: 'there', value: { bindings, holders } }
}
