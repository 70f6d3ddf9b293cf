import { POLICIES_PATH } from '../../domain/api/names.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { ADMISSION_LOCKS, digestOf, lockPath, type AdmissionLock } from '../../domain/admission-lock.ts'
import { governedNames } from '../../domain/policy/governed-expression.ts'
import { usernameOf } from '../../domain/api/subject.ts'
import { isExemptSubject } from '../../domain/policy/never-governed.ts'
import type { Reading } from '../../domain/explain/impact/impact-reader.ts'
import { unreadableFinding, type Cluster } from './visible-cluster.ts'
import { bad, good, type Finding } from '../../domain/doctor/finding.ts'

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

const empty = (selector: object | undefined): boolean => selector === undefined || Object.keys(selector).length === 0

/** Whether one rule matches every request and no selector excludes any. */
function asksAll({ rules = [], namespaceSelector, objectSelector }: Webhook): boolean {
  const whole = rules.some(
    ({ resources, apiGroups, operations = [] }) =>
      resources?.includes('*/*') === true &&
      apiGroups?.includes('*') === true &&
      (operations.includes('*') || OPERATIONS.every((one) => operations.includes(one))),
  )
  return whole && empty(namespaceSelector) && empty(objectSelector)
}

/** Names of policy subjects, as in `userInfo`. Skips policies for certain clusters, because the name of this cluster is unknown here. */
function namesOf(policies: readonly AccessPolicy[]): readonly string[] {
  const subjects = policies.filter(({ spec }) => spec.clusters === undefined).flatMap(({ spec }) => spec.subjects)
  const governed = subjects.filter((subject) => !isExemptSubject(subject))
  return governed.map((subject) => usernameOf(subject) ?? subject.name)
}

const unnamed = (what: string, missing: readonly string[]): Finding =>
  bad(`${what} does not name ${missing.join(', ')}, which policies govern`, 'kubectl -n jit-system logs deploy/jit-controller | grep not-in-step')

function scope(what: string, conditions: readonly Conditioned[] = [], policies: Reading<readonly AccessPolicy[]>): readonly Finding[] {
  const [{ expression = '' } = {}, ...more] = conditions
  const names = governedNames(expression)
  if (names === undefined) return [bad(`${what} does not cover the gateway's agents: its matchConditions are not those of jit-access`, INSTALL)]
  if (more.length > 0)
    return [bad(`${what} has ${conditions.length} matchConditions, and all must hold: one that others added may exclude agents`, INSTALL)]
  if (policies.is !== 'there') return [good(`${what} covers the agents`), unreadableFinding('whom AccessPolicies govern', policies)]
  const known = new Set([...names.users, ...names.groups])
  const missing = namesOf(policies.value).filter((name) => !known.has(name))
  return missing.length > 0 ? [unnamed(what, missing)] : [good(`${what} covers the agents and the subjects of policies for every cluster`)]
}

/** Checks that an admission policy is as shipped: kube-apiserver runs no admission for these kinds, so only RBAC protects them. */
async function checkLock(cluster: Cluster, lock: AdmissionLock): Promise<Finding> {
  const what = `${lock.kind} ${lock.name}`
  const reading = await cluster.read<object>(lockPath(lock))
  if (reading.is === 'unreadable') return unreadableFinding(what, reading)
  if (reading.is === 'absent') return bad(`the ${what} is missing: what it forbids is allowed`, INSTALL)
  return digestOf(reading.value) === lock.digest
    ? good(`the ${what} is as shipped in this release`)
    : bad(`the ${what} was changed or is from another release; the audit log shows who changed it`, INSTALL)
}

function checkNames(names: Reading<{ readonly data?: { readonly [key: string]: string } }>, policies: Reading<readonly AccessPolicy[]>): Finding {
  const what = 'jit-access-never'
  if (names.is === 'unreadable') return unreadableFinding('ConfigMap jit-access-governed', names)
  if (policies.is !== 'there') return unreadableFinding('whom AccessPolicies govern', policies)
  const data = names.is === 'there' ? names.value.data : undefined
  const known = new Set(Object.values(data ?? {}).flatMap((text) => text.split('\n')))
  const missing = namesOf(policies.value).filter((name) => !known.has(name))
  return missing.length > 0
    ? unnamed(what, missing)
    : good(`${what} names the subjects of policies for every cluster, for requests that bypass the gateway`)
}

function checkWebhook(webhook: Webhook, policies: Reading<readonly AccessPolicy[]>): readonly Finding[] {
  return [
    webhook.failurePolicy === 'Fail'
      ? good('requests are refused when the webhook cannot be called (failurePolicy Fail)')
      : bad(`failurePolicy of the webhook is ${webhook.failurePolicy ?? 'unset'}: when the webhook is down, everything is allowed`, INSTALL),
    asksAll(webhook)
      ? good('it is called for every write and connect, in every namespace')
      : bad('the webhook is not called for everything: its rules or selectors were narrowed', INSTALL),
    ...scope('the webhook', webhook.matchConditions, policies),
    (webhook.clientConfig?.caBundle ?? '') === ''
      ? bad(
          'kube-apiserver does not know the CA of the webhook, so it cannot call it',
          'install with cert-manager or kustomize/components/bootstrap-certificates',
        )
      : good('kube-apiserver verifies it with a dedicated CA'),
  ]
}

/** Checks the webhook (the second lock) and the admission policies that work without it. */
export async function checkAdmission(cluster: Cluster): Promise<readonly Finding[]> {
  const [configuration, names, policies, locks] = await Promise.all([
    cluster.read<Configuration>(`${BASE}/validatingwebhookconfigurations/jit-access`),
    cluster.read<{ readonly data?: { readonly [key: string]: string } }>('/api/v1/namespaces/jit-system/configmaps/jit-access-governed'),
    cluster.list<AccessPolicy>(POLICIES_PATH),
    Promise.all(ADMISSION_LOCKS.map((lock) => checkLock(cluster, lock))),
  ])
  const kept = [...locks, checkNames(names, policies)]
  if (configuration.is === 'unreadable') return [unreadableFinding('ValidatingWebhookConfiguration jit-access', configuration), ...kept]
  const webhook = configuration.is === 'there' ? configuration.value.webhooks?.find(({ name }) => name === 'governed.jit.access') : undefined
  if (webhook === undefined)
    return [bad('there is no webhook governed.jit.access: only RBAC limits requests that bypass the gateway', INSTALL), ...kept]
  return [...checkWebhook(webhook, policies), ...kept]
}
