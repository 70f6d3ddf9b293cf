import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import type { Reading } from '../../domain/explain/impact/impact-reader.ts'
import { unreadableFinding, type Cluster, type NamedObject } from './visible-cluster.ts'
import { good, warning, type Finding } from '../../domain/doctor/finding.ts'

type NetworkPolicy = NamedObject & {
  readonly spec?: {
    readonly podSelector?: { readonly matchLabels?: { readonly [label: string]: string }; readonly matchExpressions?: readonly object[] }
    readonly policyTypes?: readonly string[]
    readonly ingress?: readonly { readonly from?: readonly object[] }[] | null
  }
}

/** The Service of the webhook through the proxy of kube-apiserver, which presents no client certificate: an unknown caller for the webhook. */
const PROBE = '/api/v1/namespaces/jit-system/services/https:jit-webhook:443/proxy/validate'
const NAME_LABEL = 'app.kubernetes.io/name'
const SEE = 'set clientCAFile of the webhook where kube-apiserver can present a certificate: docs/decisions/0008-the-second-lock.md'
const ISOLATE = 'add kustomize/components/network-policy, with the address of your control plane'

/** A review for a user that does not exist. Deciding it changes nothing. */
const REVIEW = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'jit-doctor',
    operation: 'CREATE',
    dryRun: true,
    userInfo: { username: 'jit.access:doctor', groups: [] },
    requestResource: { group: '', version: 'v1', resource: 'configmaps' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    namespace: 'default',
    name: 'jit-doctor',
  },
}

type Probed = { readonly answers: boolean } | { readonly untried: string }

async function probe(kubectl: Kubectl): Promise<Probed> {
  try {
    await kubectl.create(PROBE, REVIEW)
    return { answers: true }
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error
    const [message = ''] = error.message.split('\n')
    return /certificate required|bad certificate|unknown certificate/i.test(message) ? { answers: false } : { untried: message }
  }
}

/** Whether an Ingress policy may select the webhook pods. Labels other than the name are not compared; an expression counts if it mentions jit-webhook. */
function selectsWebhook({ spec }: NetworkPolicy): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.podSelector ?? {}
  return (
    (spec?.policyTypes ?? ['Ingress']).includes('Ingress') &&
    Object.entries(matchLabels).every(([label, value]) => label !== NAME_LABEL || value === 'jit-webhook') &&
    (matchExpressions.length === 0 || JSON.stringify(matchExpressions).includes('"jit-webhook"'))
  )
}

function isolation(policies: Reading<readonly NetworkPolicy[]>): Finding {
  if (policies.is !== 'there') return unreadableFinding('NetworkPolicies of jit-system', policies)
  const selecting = policies.value.filter(selectsWebhook)
  const open = selecting.find(({ spec }) => (spec?.ingress ?? []).some(({ from }) => from === undefined || from.length === 0))
  if (selecting.length === 0) return warning('no NetworkPolicy restricts the port of the webhook to kube-apiserver', ISOLATE)
  return open === undefined
    ? good('NetworkPolicies restrict access to the webhook')
    : warning(`NetworkPolicy ${open.metadata.name} lets all clients reach the webhook`, ISOLATE)
}

/** Checks whether the webhook answers unknown callers, and whether NetworkPolicies keep them away. */
export async function checkCallers(kubectl: Kubectl, cluster: Cluster): Promise<readonly Finding[]> {
  const [probed, policies] = await Promise.all([
    probe(kubectl),
    cluster.list<NetworkPolicy>('/apis/networking.k8s.io/v1/namespaces/jit-system/networkpolicies'),
  ])
  if ('untried' in probed) return [warning(`whether the webhook answers unknown callers was not tried: ${probed.untried}`), isolation(policies)]
  if (!probed.answers) return [good('tried: the webhook answers no client without the certificate of kube-apiserver')]
  return [
    warning('tried: the webhook answers unknown callers. They cannot use up a grant, but learn which policy, rule and grant would apply', SEE),
    isolation(policies),
  ]
}
