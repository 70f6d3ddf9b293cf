import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import { unseen, type Cluster, type Named, type Reading } from './cluster.ts'
import { good, warning, type Finding } from './finding.ts'

type NetworkPolicy = Named & {
  readonly spec?: {
    readonly podSelector?: { readonly matchLabels?: { readonly [label: string]: string }; readonly matchExpressions?: readonly object[] }
    readonly policyTypes?: readonly string[]
    readonly ingress?: readonly { readonly from?: readonly object[] }[] | null
  }
}

/** The Service of the webhook through kube-apiserver, which shows no client certificate there: the webhook sees somebody unknown. */
const PROBE = '/api/v1/namespaces/jit-system/services/https:jit-webhook:443/proxy/validate'
const NAME_LABEL = 'app.kubernetes.io/name'
const SEE = 'set clientCAFile of the webhook where kube-apiserver can present a certificate: docs/decisions/0008-the-second-lock.md'
const ISOLATE = 'add kustomize/components/network-policy, with the address of your control plane'

/** Of nobody: it could be decided about, and would change nothing. */
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

/** What Ingress policies select the pods of the webhook by; an expression that is not a label of theirs is not read. */
function selectsWebhook({ spec }: NetworkPolicy): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.podSelector ?? {}
  return (
    (spec?.policyTypes ?? ['Ingress']).includes('Ingress') &&
    Object.entries(matchLabels).every(([label, value]) => label !== NAME_LABEL || value === 'jit-webhook') &&
    (matchExpressions.length === 0 || JSON.stringify(matchExpressions).includes('"jit-webhook"'))
  )
}

function isolation(policies: Reading<readonly NetworkPolicy[]>): Finding {
  if (policies.is !== 'there') return unseen('NetworkPolicies of jit-system', policies)
  const selecting = policies.value.filter(selectsWebhook)
  const open = selecting.find(({ spec }) => (spec?.ingress ?? []).some(({ from }) => from === undefined || from.length === 0))
  if (selecting.length === 0) return warning('no NetworkPolicy keeps the port of the webhook to kube-apiserver', ISOLATE)
  return open === undefined
    ? good('NetworkPolicies name who may reach the webhook')
    : warning(`NetworkPolicy ${open.metadata.name} lets everybody reach the webhook`, ISOLATE)
}

/** Whether somebody whom nobody knows gets an answer of the webhook, and whether the network keeps such callers away. */
export async function checkCallers(kubectl: Kubectl, cluster: Cluster): Promise<readonly Finding[]> {
  const [probed, policies] = await Promise.all([
    probe(kubectl),
    cluster.list<NetworkPolicy>('/apis/networking.k8s.io/v1/namespaces/jit-system/networkpolicies'),
  ])
  if ('untried' in probed) return [warning(`whether the webhook answers unknown callers was not tried: ${probed.untried}`), isolation(policies)]
  if (!probed.answers) return [good('tried: the webhook answers nobody without the certificate of kube-apiserver')]
  return [
    warning(
      'tried: the webhook answers callers that it does not know. They take no use of a grant, and learn which policy, rule and grant would decide',
      SEE,
    ),
    isolation(policies),
  ]
}
