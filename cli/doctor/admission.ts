import type { AccessPolicy } from '../../domain/access-policy.ts'
import { isLeftOut } from '../../domain/policy/never-governed.ts'
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
type AdmissionPolicy = { readonly spec?: { readonly failurePolicy?: string; readonly matchConditions?: readonly Conditioned[] } }
type AdmissionBinding = { readonly spec?: { readonly policyName?: string; readonly validationActions?: readonly string[] } }

const BASE = '/apis/admissionregistration.k8s.io/v1'
const NEVER = 'jit-access-never'
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

/** Subjects of policies that a match condition does not name. Policies for some clusters only are passed over: which this is, nobody here knows. */
function unnamed(conditions: readonly Conditioned[], policies: Reading<readonly AccessPolicy[]>): readonly string[] {
  if (policies.is !== 'there') return []
  const text = conditions.map(({ expression }) => expression ?? '').join('\n')
  const subjects = policies.value.filter(({ spec }) => spec.clusters === undefined).flatMap(({ spec }) => spec.subjects)
  return subjects
    .filter((subject) => !isLeftOut(subject) && PLAIN.test(subject.name))
    .map(({ kind, name, namespace }) => (kind === 'ServiceAccount' ? `system:serviceaccount:${namespace ?? ''}:${name}` : name))
    .filter((name) => !text.includes(`'${name}'`))
}

function scope(what: string, conditions: readonly Conditioned[] = [], policies: Reading<readonly AccessPolicy[]>): readonly Finding[] {
  const [only, ...more] = conditions
  if (only?.expression?.includes("'jit.access:agents'") !== true)
    return [bad(`${what} is not about the gateway's agents: its matchConditions are not ours`, INSTALL)]
  if (more.length > 0)
    return [bad(`${what} has ${conditions.length} matchConditions, and all must hold: one that others added may let agents pass`, INSTALL)]
  const missing = unnamed(conditions, policies)
  return missing.length > 0
    ? [bad(`${what} does not name ${missing.join(', ')}, whom policies govern`, 'kubectl -n jit-system logs deploy/jit-webhook | grep not-in-step')]
    : [good(`${what} is about the agents and whom the policies name, and nobody else`)]
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

const denies = ({ spec }: AdmissionBinding): boolean => spec?.validationActions?.includes('Deny') === true && spec.policyName === NEVER

function checkNever(
  policy: Reading<AdmissionPolicy>,
  binding: Reading<AdmissionBinding>,
  policies: Reading<readonly AccessPolicy[]>,
): readonly Finding[] {
  if (policy.is === 'unreadable') return [unseen(`ValidatingAdmissionPolicy ${NEVER}`, policy)]
  if (binding.is === 'unreadable') return [unseen(`ValidatingAdmissionPolicyBinding ${NEVER}`, binding)]
  if (policy.is === 'absent' || binding.is === 'absent')
    return [bad(`the ValidatingAdmissionPolicy ${NEVER}, or its binding, is missing: nothing holds while our pods are down`, INSTALL)]
  return [
    denies(binding.value)
      ? good(`what can never be granted is denied by kube-apiserver itself (${NEVER})`)
      : bad(`the binding ${NEVER} does not deny`, INSTALL),
    ...(policy.value.spec?.failurePolicy === 'Ignore' ? [bad(`failurePolicy of ${NEVER} is Ignore`, INSTALL)] : []),
    ...scope(NEVER, policy.value.spec?.matchConditions, policies),
  ]
}

/** The second lock, and what holds without it. */
export async function checkAdmission(cluster: Cluster): Promise<readonly Finding[]> {
  const [configuration, never, binding, policies] = await Promise.all([
    cluster.read<Configuration>(`${BASE}/validatingwebhookconfigurations/jit-access`),
    cluster.read<AdmissionPolicy>(`${BASE}/validatingadmissionpolicies/${NEVER}`),
    cluster.read<AdmissionBinding>(`${BASE}/validatingadmissionpolicybindings/${NEVER}`),
    cluster.list<AccessPolicy>('/apis/jit.access/v1/accesspolicies'),
  ])
  const kept = checkNever(never, binding, policies)
  if (configuration.is === 'unreadable') return [unseen('ValidatingWebhookConfiguration jit-access', configuration), ...kept]
  const webhook = configuration.is === 'there' ? configuration.value.webhooks?.find(({ name }) => name === 'governed.jit.access') : undefined
  if (webhook === undefined)
    return [bad('there is no webhook governed.jit.access: whoever comes around the gateway meets RBAC alone', INSTALL), ...kept]
  return [...checkWebhook(webhook, policies), ...kept]
}
