import { expect, it } from 'vitest'
import { checkCallers } from '../../../cli/doctor/callers.ts'
import { createCluster } from '../../../cli/doctor/visible-cluster.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { fakeIO } from '../../fakes/io.ts'

const ANSWERED = { kind: 'AdmissionReview', response: { uid: 'jit-doctor', allowed: true } }
/** The error of kube-apiserver for a failed request to a Service. */
const unreached = (why: string): KubectlError => new KubectlError('ServiceUnavailable', `error trying to reach service: ${why}`)

const serving = (from?: readonly object[]) => ({
  metadata: { name: 'serve' },
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'jit-webhook' } },
    policyTypes: ['Ingress'],
    ingress: [{ ports: [], ...(from === undefined ? {} : { from }) }],
  },
})
const gateway = { metadata: { name: 'gateway' }, spec: { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'jit-gateway' } }, ingress: [{}] } }

async function check(probed: object, policies: readonly object[]): Promise<readonly string[]> {
  const io = fakeIO({
    'GET /apis/networking.k8s.io/v1/namespaces/jit-system/networkpolicies': () => ({ items: policies }),
    'POST /api/v1/namespaces/jit-system/services/https:jit-webhook:443/proxy/validate': () => {
      if (probed instanceof Error) throw probed
      return probed
    },
  })
  const findings = await checkCallers(io.kubectl, createCluster(io.kubectl))
  return findings.map(({ verdict, message }) => `${verdict}: ${message}`)
}

it.each([
  ['requires a certificate', unreached('remote error: tls: certificate required'), [], [/^good: tried: .* without the certificate/]],
  [
    'answers, and that no NetworkPolicy selects',
    ANSWERED,
    [gateway],
    [/^warning: tried: .* unknown callers/, /^warning: no NetworkPolicy restricts/],
  ],
  [
    'answers, and that a NetworkPolicy opens to all clients',
    ANSWERED,
    [serving()],
    [/^warning: tried/, /^warning: NetworkPolicy serve lets all clients/],
  ],
  [
    'answers, and that a NetworkPolicy restricts',
    ANSWERED,
    [serving([{ ipBlock: { cidr: '10.0.0.1/32' } }])],
    [/^warning: tried/, /^good: NetworkPolicies restrict/],
  ],
  ['cannot be reached', unreached('no endpoints available'), [], [/^warning: .* was not tried: error trying.*endpoints/, /^warning: no Network/]],
])('the doctor reports a webhook that %s', async (_, probed, policies, expected) => {
  const findings = await check(probed, policies)
  expect(findings).toHaveLength(expected.length)
  for (const [index, pattern] of expected.entries()) expect(findings[index]).toMatch(pattern)
})
