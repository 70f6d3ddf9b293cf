import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { AGENT_USER, GROUP_PREFIX, POLICIES_PATH } from '../../domain/api/names.ts'
import { isExemptSubject } from '../../domain/policy/never-governed.ts'
import { checkAccountTokens } from './account-tokens.ts'
import { unreadableFinding, type Cluster } from './visible-cluster.ts'
import { bad, good, warning, type Finding } from '../../domain/doctor/finding.ts'
import { bindingName, readRights, subjectName, type RBACBinding, type RightHolder, type Right, type Rights, type RBACSubject } from './rights.ts'

/** A right that lets its holder bypass jit-access. `masked`: harmless for agents, whose reads go through the gateway. */
type Power = { readonly action: string; readonly right: Right; readonly masked?: true }

const POWERS: readonly Power[] = [
  {
    action: 'impersonate others',
    right: { verbs: ['impersonate', 'impersonate:user-info'], group: 'authentication.k8s.io', resources: ['users', 'groups'] },
  },
  {
    action: 'impersonate others, with the classic verb',
    right: { verbs: ['impersonate'], group: '', resources: ['users', 'groups', 'serviceaccounts'] },
  },
  {
    action: 'change the webhook',
    right: {
      verbs: ['update', 'patch', 'delete', 'deletecollection'],
      group: 'admissionregistration.k8s.io',
      resources: ['validatingwebhookconfigurations'],
      name: 'jit-access',
    },
  },
  {
    action: 'change what can never be granted',
    right: {
      verbs: ['update', 'patch', 'delete', 'deletecollection'],
      group: 'admissionregistration.k8s.io',
      resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
      name: 'jit-access-never',
    },
  },
  {
    action: 'change which server serves jit.access/v1',
    right: { verbs: ['update', 'patch', 'delete'], group: 'apiregistration.k8s.io', resources: ['apiservices'], name: 'v1.jit.access' },
  },
  { action: 'change policies', right: { verbs: ['create', 'update', 'patch', 'delete'], group: 'jit.access', resources: ['accesspolicies'] } },
  {
    action: 'create tokens for the ServiceAccounts of jit-access',
    right: { verbs: ['create'], group: '', resources: ['serviceaccounts/token'], name: 'jit-impersonator', namespace: 'jit-system' },
  },
  {
    action: 'read the private keys of jit-access',
    masked: true,
    right: { verbs: ['get', 'list', 'watch'], group: '', resources: ['secrets'], namespace: 'jit-system' },
  },
]

const EVERYBODY: ReadonlySet<string> = new Set(['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts', 'system:anonymous'])
/** Subjects of Kubernetes itself and of jit-access, which must be trusted anyway. */
function isExpected({ kind, name, namespace }: RBACSubject): boolean {
  if (kind !== 'ServiceAccount') return name.startsWith('system:') && !EVERYBODY.has(name)
  return namespace === 'kube-system' || (namespace === 'jit-system' && name.startsWith('jit-'))
}

/** ClusterRoles that every cluster binds to all users by default. */
const HARMLESS: ReadonlySet<string> = new Set([
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
  'system:service-account-issuer-discovery',
  'system:cluster-trust-bundle-discovery',
])

const isAgents = ({ kind, name }: RBACSubject): boolean =>
  (kind === 'Group' && name.startsWith(GROUP_PREFIX)) || (kind === 'User' && name === AGENT_USER)
const sameSubject = (left: RBACSubject, right: RBACSubject): boolean =>
  left.kind === right.kind && left.name === right.name && (left.kind !== 'ServiceAccount' || left.namespace === right.namespace)

const list = (holders: readonly RightHolder[]): string =>
  [...new Set(holders.map(({ subject, binding }) => `${subjectName(subject)} (${bindingName(binding)})`))].join(', ')

const deleteLine = ({ metadata: { name, namespace } }: RBACBinding): string =>
  namespace === undefined ? `kubectl delete clusterrolebinding '${name}'` : `kubectl -n ${namespace} delete rolebinding '${name}'`

/** Agents must not have the right. Other holders are a warning, so that an admin can review them. */
function checkPower({ action, right, masked }: Power, rights: Rights, governed: readonly RBACSubject[]): Finding {
  const holders = rights.holders(right).filter(({ subject }) => !isExpected(subject) && !(masked === true && isAgents(subject)))
  const agents = holders.filter(
    ({ subject }) => isAgents(subject) || EVERYBODY.has(subject.name) || governed.some((one) => sameSubject(one, subject)),
  )
  if (agents.length > 0)
    return bad(`agents can ${action}: ${list(agents)}`, [...new Set(agents.map(({ binding }) => deleteLine(binding)))].join('\n'))
  const others = holders.filter(({ all }) => !all)
  if (others.length > 0) return warning(`besides cluster admins and jit-access, these can ${action}: ${list(others)}`)
  return good(`only cluster admins and jit-access can ${action}`)
}

/** Finds rights that RBAC binds to governed subjects directly, which work without the gateway. */
function checkStanding(rights: Rights, governed: readonly RBACSubject[]): readonly Finding[] {
  const findings = governed.map((subject): Finding => {
    const own = rights.bindings.filter(({ subjects }) => subjects?.some((one) => sameSubject(one, subject)) === true)
    if (own.length === 0) return good(`${subjectName(subject)} has rights only through the gateway`)
    return warning(
      `${subjectName(subject)} is governed and has rights of its own, so it can bypass the gateway and read unmasked: ${own.map((binding) => `${binding.roleRef.name} by ${bindingName(binding)}`).join(', ')}`,
      'remove these rights, and bind the baseline group of its policy instead',
    )
  })
  const open = rights.bindings.filter(
    ({ subjects, roleRef }) => !HARMLESS.has(roleRef.name) && subjects?.some(({ name }) => EVERYBODY.has(name)) === true,
  )
  return open.length === 0
    ? findings
    : [
        ...findings,
        warning(
          `all users, including agents, have rights by ${open.map((binding) => `${bindingName(binding)} (${binding.roleRef.name})`).join(', ')}`,
        ),
      ]
}

/** All agents are this user for kube-apiserver, so every agent always has the rights bound to it. */
function checkSharedUser(rights: Rights): Finding {
  const bound = rights.bindings.filter(({ subjects }) => subjects?.some(({ kind, name }) => kind === 'User' && name === AGENT_USER) === true)
  if (bound.length === 0) return good(`nothing is bound to ${AGENT_USER}, the user that all agents share`)
  return bad(
    `every agent of every policy has rights by ${bound.map((binding) => `${bindingName(binding)} (${binding.roleRef.name})`).join(', ')}: all agents share the user ${AGENT_USER}`,
    bound.map(deleteLine).join('\n'),
  )
}

function checkAdmins(rights: Rights): Finding {
  const admins = rights.holders({ verbs: ['*'], group: '*', resources: ['*'] }).filter(({ all, subject }) => all && !isExpected(subject))
  return admins.length === 0
    ? good('only system:masters is cluster admin')
    : warning(`cluster admins, which jit-access cannot restrict: ${list(admins)}`)
}

/** Finds subjects that can bypass or remove jit-access. */
export async function checkBypass(cluster: Cluster): Promise<readonly Finding[]> {
  const [policies, rights] = await Promise.all([cluster.list<AccessPolicy>(POLICIES_PATH), readRights(cluster)])
  if (rights.is !== 'there') return [unreadableFinding('RBAC', rights)]
  const all = policies.is === 'there' ? policies.value.flatMap(({ spec }) => spec.subjects).filter((subject) => !isExemptSubject(subject)) : []
  const governed = all.filter((subject, index) => all.findIndex((one) => sameSubject(one, subject)) === index)
  return [
    ...(policies.is === 'there' ? checkStanding(rights.value, governed) : [unreadableFinding('AccessPolicies', policies)]),
    ...POWERS.map((power) => checkPower(power, rights.value, governed)),
    checkSharedUser(rights.value),
    await checkAccountTokens(cluster),
    checkAdmins(rights.value),
  ]
}
