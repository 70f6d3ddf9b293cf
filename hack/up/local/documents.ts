import { parseAllDocuments } from 'yaml'
import { PARTS, type Part } from '../server-names.ts'

export type Document = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: { readonly [label: string]: string } }
  readonly [field: string]: unknown
}

/** Kinds that only make sense where pods run. */
const POD_KINDS: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'Job',
  'CronJob',
  'Service',
])

export const readDocuments = (text: string): readonly Document[] => parseAllDocuments(text).map((document) => document.toJS() as Document)

/** The text under a key of a ConfigMap; the generator adds a hash to some names. */
export function configOf(documents: readonly Document[], name: string): string {
  const found = documents.find(({ kind, metadata }) => kind === 'ConfigMap' && new RegExp(`^${name}(-[a-z0-9]{10})?$`).test(metadata.name))
  const text = (found?.['data'] as { readonly [key: string]: string } | undefined)?.['config.yaml']
  if (text === undefined) throw new Error(`the overlay has no ConfigMap ${name} with config.yaml`)
  return text
}

export type Backends = {
  readonly ports: { readonly [part in Part]: number }
  /** This machine's address as kube-apiserver may dial it. Defaults to `localhost`, which an endpoint may not have. */
  readonly hostIP?: string
}

function services({ ports, hostIP }: Backends): readonly Document[] {
  return PARTS.flatMap((part): readonly Document[] => {
    const metadata = { name: `jit-${part}`, namespace: 'jit-system' }
    if (hostIP === undefined) return [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ExternalName', externalName: 'localhost' } }]
    return [
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'https', port: 443, targetPort: ports[part] }] } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [hostIP], conditions: { ready: true } }],
        ports: [{ name: 'https', port: ports[part], protocol: 'TCP' }],
      },
    ]
  })
}

/** An ExternalName Service does not map ports, so a client must dial the real port. */
function withPort(document: Document, { ports, hostIP }: Backends): Document {
  if (hostIP !== undefined) return document
  if (document.kind === 'APIService') {
    const spec = document['spec'] as { readonly service: object }
    return { ...document, spec: { ...spec, service: { ...spec.service, port: ports.apiserver } } }
  }
  if (document.kind === 'ValidatingWebhookConfiguration') {
    const webhooks = document['webhooks'] as readonly { readonly clientConfig: { readonly service: object } }[]
    return {
      ...document,
      webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: { service: { ...webhook.clientConfig.service, port: ports.webhook } } })),
    }
  }
  return document
}

/** The overlay's objects for servers that run as processes: all except those that run pods, with Services that point to this machine. */
export const forProcesses = (documents: readonly Document[], backends: Backends): readonly Document[] => [
  ...documents.filter(({ kind }) => !POD_KINDS.has(kind)).map((document) => withPort(document, backends)),
  ...services(backends),
]
