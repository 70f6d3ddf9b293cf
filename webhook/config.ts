import { listenSchema, readConfig, tlsSchema, type Listen, type TlsFiles } from '../server/config.ts'

export type WebhookConfig = {
  readonly listen: Listen
  readonly admin: Listen
  readonly tls: TlsFiles
  /** Left out: the cluster that the pod runs in. */
  readonly kubeconfig?: string
  /** Name of this cluster, for policies that name clusters. Left out: only policies for all clusters hold. */
  readonly cluster?: string
  /** ValidatingWebhookConfiguration whose matchConditions are kept in step with the policies. */
  readonly configuration: string
  /** ConfigMap that tells jit-access-never whom the policies name, kept in step likewise. Left out: none. */
  readonly governed?: { readonly namespace: string; readonly name: string }
  /**
   * CA that the caller's client certificate must chain to. Optional. Without it anybody who reaches the port may ask, so the webhook takes
   * no uses: a request around the gateway cannot rest on a grant with counted uses.
   */
  readonly clientCAFile?: string
  /** How old the view of policies and grants may be, in seconds, before the API is asked instead. Left out: 10. */
  readonly staleSeconds?: number
  /** How old it may be while jit-apiserver is away, in seconds, for a yes. Optional. Defaults to 600; 0: not at all. */
  readonly lastKnownSeconds?: number
}

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['listen', 'admin', 'tls', 'configuration'],
  properties: {
    listen: listenSchema,
    admin: listenSchema,
    tls: tlsSchema,
    kubeconfig: { type: 'string' },
    cluster: { type: 'string' },
    configuration: { type: 'string', minLength: 1 },
    governed: {
      type: 'object',
      additionalProperties: false,
      required: ['namespace', 'name'],
      properties: { namespace: { type: 'string', minLength: 1 }, name: { type: 'string', minLength: 1 } },
    },
    clientCAFile: { type: 'string', minLength: 1 },
    staleSeconds: { type: 'integer', minimum: 1, maximum: 300 },
    lastKnownSeconds: { type: 'integer', minimum: 0, maximum: 86_400 },
  },
} as const

export const readWebhookConfig = (file: string): Promise<WebhookConfig> => readConfig<WebhookConfig>(file, schema)
