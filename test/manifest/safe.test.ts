import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { AGENTS_CEL } from '../../domain/policy/never-governed.ts'
import { manifestsIn, ofKind, OVERLAYS, rendered, ROOT, type Manifest } from './overlay.ts'

type Container = {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  readonly securityContext: object
  readonly resources: { readonly requests?: object; readonly limits?: { readonly cpu?: string; readonly memory?: string } }
  readonly livenessProbe?: { readonly httpGet: { readonly port: string } }
  readonly readinessProbe?: { readonly httpGet: { readonly port: string } }
}
type PodSpec = { readonly serviceAccountName: string; readonly securityContext: object; readonly containers: readonly Container[] }
type Workload = Manifest & { readonly spec: { readonly template: { readonly spec: PodSpec }; readonly strategy?: { readonly type: string } } }

const overlays = new Map<string, readonly Manifest[]>()
beforeAll(async () => {
  for (const name of OVERLAYS) overlays.set(name, await rendered(`kustomize/overlays/${name}`))
}, 600_000)

function podSpecs(manifests: readonly Manifest[]): readonly { readonly name: string; readonly spec: PodSpec }[] {
  const plain = [
    ...ofKind(manifests, 'Deployment'),
    ...ofKind(manifests, 'StatefulSet'),
    ...ofKind(manifests, 'Job'),
  ] as unknown as readonly Workload[]
  const cron = ofKind(manifests, 'CronJob').map(({ spec }) => (spec as { readonly jobTemplate: Workload }).jobTemplate)
  return [...plain, ...cron].map(({ metadata, spec }) => ({ name: metadata?.name ?? 'CronJob', spec: spec.template.spec }))
}

describe.each(OVERLAYS)('overlay %s', (overlay) => {
  const manifests = (): readonly Manifest[] => overlays.get(overlay) ?? []

  test('kube-apiserver verifies the aggregated API server', () => {
    const [service] = ofKind(manifests(), 'APIService')
    expect(service?.metadata.name).toBe('v1.jit.access')
    expect(JSON.stringify(ofKind(manifests(), 'APIService'))).not.toContain('insecureSkipTLSVerify')
  })

  test('the CA of the APIService comes from exactly one component', () => {
    const injected = [...ofKind(manifests(), 'APIService'), ...ofKind(manifests(), 'ValidatingWebhookConfiguration')].map(
      ({ metadata }) => metadata.annotations?.['cert-manager.io/inject-ca-from'] !== undefined,
    )
    const bootstrapped = ofKind(manifests(), 'Job').filter(({ metadata }) => metadata.name === 'jit-certificates').length
    expect({ injected, bootstrapped }).toEqual(
      overlay === 'default' ? { injected: [true, true], bootstrapped: 0 } : { injected: [false, false], bootstrapped: 1 },
    )
    // An admission policy names the field too, to say who may change it.
    expect(JSON.stringify(manifests().filter(({ kind }) => kind !== 'ValidatingAdmissionPolicy'))).not.toContain('caBundle')
  })

  test('the webhook fails closed for governed identities and does not affect any other user', () => {
    const [configuration] = ofKind(manifests(), 'ValidatingWebhookConfiguration')
    const webhooks = configuration?.['webhooks'] as readonly { readonly [field: string]: unknown }[]
    expect(
      webhooks.map(({ name, failurePolicy, sideEffects, rules, matchConditions }) => ({ name, failurePolicy, sideEffects, rules, matchConditions })),
    ).toEqual([
      {
        name: 'governed.jit.access',
        failurePolicy: 'Fail',
        sideEffects: 'NoneOnDryRun',
        rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'], scope: '*' }],
        matchConditions: [{ name: 'governed', expression: AGENTS_CEL }],
      },
    ])
    for (const policy of ofKind(manifests(), 'ValidatingAdmissionPolicy'))
      expect((policy['spec'] as { readonly failurePolicy: string }).failurePolicy).toBe('Fail')
  })

  test('every pod runs restricted, unprivileged, with a read-only root and resource limits', () => {
    const pods = podSpecs(manifests())
    expect(pods.length).toBe(overlay === 'local' ? 9 : 5)
    for (const { spec } of pods) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } })
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
        expect(Object.keys(container.resources.limits ?? {}).sort()).toEqual(['cpu', 'memory'])
        expect(Object.keys(container.resources.requests ?? {}).sort()).toEqual(['cpu', 'memory'])
      }
    }
    const [namespace] = ofKind(manifests(), 'Namespace')
    expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted')
  })

  test('the Lease of the controller is shipped under the name that its configuration has, since it creates none', () => {
    const leases = ofKind(manifests(), 'Lease').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    const config = ofKind(manifests(), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('jit-controller-'))?.['data'] as {
      'config.yaml': string
    }
    const { lease } = parse(config['config.yaml']) as { readonly lease: { readonly namespace: string; readonly name: string } }
    expect(leases).toEqual([`${lease.namespace}/${lease.name}`])
  })

  test('every image has a version', () => {
    const images = podSpecs(manifests()).flatMap(({ spec }) => spec.containers.map(({ image }) => image))
    expect(images.filter((image) => !/:[\w.-]+$/.test(image) || image.endsWith(':latest'))).toEqual([])
    expect(new Set(images).size).toBe(1)
  })

  test('servers are probed on the admin port, and a server that owns a file exclusively never runs twice', () => {
    const deployments = ofKind(manifests(), 'Deployment') as unknown as readonly Workload[]
    const found = deployments.map(({ metadata, spec }) => ({
      name: metadata.name,
      strategy: spec.strategy?.type,
      account: spec.template.spec.serviceAccountName,
      probes: spec.template.spec.containers.map(({ livenessProbe, readinessProbe }) => [livenessProbe?.httpGet.port, readinessProbe?.httpGet.port]),
    }))
    const probes = [['admin', 'admin']]
    expect(found.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'jit-apiserver', strategy: 'RollingUpdate', account: 'jit-apiserver', probes },
      { name: 'jit-apiserver-standby', strategy: 'RollingUpdate', account: 'jit-apiserver-standby', probes },
      ...(overlay === 'local' ? [{ name: 'jit-console', strategy: 'RollingUpdate', account: 'jit-console', probes }] : []),
      { name: 'jit-controller', strategy: 'RollingUpdate', account: 'jit-controller', probes },
      { name: 'jit-gateway', strategy: 'Recreate', account: 'jit-gateway', probes },
      { name: 'jit-webhook', strategy: 'RollingUpdate', account: 'jit-webhook', probes },
    ])
  })
})

test('with the component network-policy, reviews come only from named sources', async () => {
  const policies = ofKind(
    manifestsIn(await readFile(join(ROOT, 'kustomize/components/network-policy/network-policies.yaml'), 'utf8')),
    'NetworkPolicy',
  )
  type Spec = {
    readonly podSelector: { readonly matchLabels?: object; readonly matchExpressions?: readonly { readonly values: readonly string[] }[] }
    readonly ingress?: readonly { readonly from?: readonly object[]; readonly ports?: readonly { readonly port: string }[] }[]
  }
  const webhook = policies.map(({ spec }) => spec as Spec).filter(({ podSelector }) => JSON.stringify(podSelector).includes('"jit-webhook"'))
  const rules = webhook.flatMap(({ ingress = [] }) => ingress)
  expect(rules.filter(({ ports = [] }) => ports.some(({ port }) => port === 'https')).length).toBeGreaterThan(0)
  expect(rules.filter(({ from = [] }) => from.length === 0)).toEqual([])
})

test.each(OVERLAYS)('overlay %s: the apiserver and its standby are behind one Service, and the standby surges', (overlay) => {
  const manifests = overlays.get(overlay) ?? []
  const services = new Map(ofKind(manifests, 'Service').map(({ metadata, spec }) => [metadata.name, (spec as { selector: object }).selector]))
  const behind = (service: string): readonly string[] => {
    const wanted = Object.entries(services.get(service) ?? { none: '' })
    return ofKind(manifests, 'Deployment')
      .filter(({ spec }) => {
        const { labels } = (spec as { template: { metadata: { labels: { [label: string]: string } } } }).template.metadata
        return wanted.every(([label, value]) => labels[label] === value)
      })
      .map(({ metadata }) => metadata.name)
      .toSorted()
  }
  expect(behind('jit-apiserver')).toEqual(['jit-apiserver', 'jit-apiserver-standby'])
  expect(behind('jit-apiserver-primary')).toEqual(['jit-apiserver'])
  const standby = ofKind(manifests, 'Deployment').filter(({ metadata }) => metadata.name === 'jit-apiserver-standby')
  expect(standby.map(({ spec }) => (spec as { readonly strategy: object }).strategy)).toEqual([
    { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  ])
})
