import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { ADMISSION_LOCKS, digestOf, lockPath, type AdmissionLock } from '../../domain/admission-lock.ts'
import { AGENTS_CEL, isLeftOut } from '../../domain/policy/never-governed.ts'
import { unseen, type Cluster, type Reading } from './cluster.ts'
import { bad, good, type Finding } from './finding.ts'

type Conditioned = { readonly name?: string; readonly expression?: string }
type Webhook = {
  readonly name: string
  readonly failurePolicy?: string
  readonly matchConditions?: readonly Conditioned[]
  readonly clientConfig?: { readonly caBundle?: string }
  readonly rules?: readonly {
    readonly resources?: readonly string[]
    readonly operations?: readonly string[]
    readonly apiGroups?: readonly string[]
  }[]
  readonly namespaceSelector?: object
  readonly objectSelector?: object
}
type Configuration = { readonly webhooks?: readonly Webhook[] }

const BASE = '/apis/admissionregistration.k8s.io/v1'
const INSTALL = 'kubectl apply -f manifests/install.yaml'
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
/** Names that stand in a condition as they are; others are written there as code points, and are not looked for. */
const PLAIN = /^[\w .:@/+=-]+$/

const empty = (selector: object | undefined): boolean => selector === undefined || Object.keys(selector).length === 0

/** Whether one of its rules asks about everything. */
function asksAll({ rules = [], namespaceSelector, objectSelector }: Webhook): boolean {
  const whole = rules.some(
    ({ resources, apiGroups, operations = [] }) =>
      resources?.includes('*/*') === true &&
      apiGroups?.includes('*') === true &&
      (operations.includes('*') || OPERATIONS.every((one) => operations.includes(one))),
  )
  return whole && empty(namespaceSelector) && empty(objectSelector)
}

/** Names of subjects of policies, as `userInfo` has them. Policies for some clusters only are passed over: which this is, nobody here knows. */
function namesOf(policies: Reading<readonly AccessPolicy[]>): readonly string[] {
  if (policies.is !== 'there') return []
  const subjects = policies.value.filter(({ spec }) => spec.clusters === undefined).flatMap(({ spec }) => spec.subjects)
  const governed = subjects.filter((subject) => !isLeftOut(subject))
  return governed.map(({ kind, name, namespace }) => (kind === 'ServiceAccount' ? `system:serviceaccount:${namespace ?? ''}:${name}` : name))
}

const unnamed = (what: string, missing: readonly string[]): Finding =>
  bad(`${what} does not name ${missing.join(', ')}, whom policies govern`, 'kubectl -n jit-system logs deploy/jit-webhook | grep not-in-step')

function scope(what: string, conditions: readonly Conditioned[] = [], policies: Reading<readonly AccessPolicy[]>): readonly Finding[] {
  const [only, ...more] = conditions
  if (only?.expression?.startsWith(AGENTS_CEL) !== true)
    return [bad(`${what} is not about the gateway's agents: its matchConditions are not ours`, INSTALL)]
  if (more.length > 0)
    return [bad(`${what} has ${conditions.length} matchConditions, and all must hold: one that others added may let agents pass`, INSTALL)]
  const missing = namesOf(policies).filter((name) => PLAIN.test(name) && only.expression?.includes(`'${name}'`) !== true)
  return missing.length > 0 ? [unnamed(what, missing)] : [good(`${what} is about the agents and whom the policies name, and nobody else`)]
}

/** Whether the admission policies are what was shipped: kube-apiserver calls no admission for them, so RBAC alone keeps them. */
async function checkLock(cluster: Cluster, lock: AdmissionLock): Promise<Finding> {
  const what = `${lock.kind} ${lock.name}`
  const reading = await cluster.read<object>(lockPath(lock))
  if (reading.is === 'unreadable') return unseen(what, reading)
  if (reading.is === 'absent') return bad(`the ${what} is missing: what it holds is open`, INSTALL)
  return digestOf(reading.value) === lock.digest
    ? good(`the ${what} is as this release ships it`)
    : bad(`the ${what} was changed, or is of another release; find out who did it in the audit log`, INSTALL)
}

function checkNames(names: Reading<{ readonly data?: { readonly [key: string]: string } }>, policies: Reading<readonly AccessPolicy[]>): Finding {
  const what = 'jit-access-never'
  if (names.is === 'unreadable') return unseen('ConfigMap jit-access-governed', names)
  const data = names.is === 'there' ? names.value.data : undefined
  const known = new Set(Object.values(data ?? {}).flatMap((text) => text.split('\n')))
  const missing = namesOf(policies).filter((name) => !known.has(name))
  return missing.length > 0 ? unnamed(what, missing) : good(`${what} names whom the policies name, for those who come around the gateway`)
}

function checkWebhook(webhook: Webhook, policies: Reading<readonly AccessPolicy[]>): readonly Finding[] {
  return [
    webhook.failurePolicy === 'Fail'
      ? good('the webhook refuses when it cannot be asked (failurePolicy Fail)')
      : bad(`failurePolicy of the webhook is ${webhook.failurePolicy ?? 'unset'}: with the webhook down, everything passes`, INSTALL),
    asksAll(webhook)
      ? good('it is asked about every write and connect, in every namespace')
      : bad('the webhook is not asked about everything: its rules or selectors were narrowed', INSTALL),
    ...scope('the webhook', webhook.matchConditions, policies),
    (webhook.clientConfig?.caBundle ?? '') === ''
      ? bad(
          'kube-apiserver does not know the CA of the webhook, so it cannot ask it',
          'install with cert-manager or kustomize/components/bootstrap-certificates',
        )
      : good('kube-apiserver verifies it by a CA of its own'),
  ]
}

/** The second lock, and what holds without it. */
export async function checkAdmission(cluster: Cluster): Promise<readonly Finding[]> {
  const [configuration, names, policies, locks] = await Promise.all([
    cluster.read<Configuration>(`${BASE}/validatingwebhookconfigurations/jit-access`),
    cluster.read<{ readonly data?: { readonly [key: string]: string } }>('/api/v1/namespaces/jit-system/configmaps/jit-access-governed'),
    cluster.list<AccessPolicy>('/apis/jit.access/v1/accesspolicies'),
    Promise.all(ADMISSION_LOCKS.map((lock) => checkLock(cluster, lock))),
  ])
  const kept = [...locks, checkNames(names, policies)]
  if (configuration.is === 'unreadable') return [unseen('ValidatingWebhookConfiguration jit-access', configuration), ...kept]
  const webhook = configuration.is === 'there' ? configuration.value.webhooks?.find(({ name }) => name === 'governed.jit.access') : undefined
  if (webhook === undefined)
    return [bad('there is no webhook governed.jit.access: whoever comes around the gateway meets RBAC alone', INSTALL), ...kept]
  return [...checkWebhook(webhook, policies), ...kept]
}
