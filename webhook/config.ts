import type { Of } from '../domain/api/schema.ts'
import { adminSchema, clusterSchema, kubeconfigSchema, listenSchema, readConfig, tlsSchema } from '../server/config.ts'

export const webhookConfigSchema = {
  type: 'object',
  description: 'Configuration of the webhook.',
  required: ['listen', 'admin', 'tls'],
  properties: {
    listen: listenSchema,
    admin: adminSchema,
    tls: tlsSchema,
    kubeconfig: kubeconfigSchema,
    cluster: clusterSchema,
    clientCAFile: {
      type: 'string',
      description:
        'PEM file of the CA that signs the client certificate of kube-apiserver. Optional. Defaults to none: any client that reaches the port can send reviews. Then the webhook takes no uses, and a request that bypasses the gateway cannot use a grant with counted uses.',
      minLength: 1,
    },
    staleSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'Maximum age of the cached policies and grants, in seconds. Older ones are read again before the webhook answers. Optional. Defaults to 10.',
      minimum: 1,
      maximum: 300,
    },
    lastKnownSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'How long the cached policies and grants still allow requests while jit-apiserver is unavailable, in seconds. Optional. Defaults to 600. 0 turns it off.',
      minimum: 0,
      maximum: 86_400,
    },
  },
} as const

export type WebhookConfig = Of<typeof webhookConfigSchema>

export const readWebhookConfig = (file: string): Promise<WebhookConfig> => readConfig(file, webhookConfigSchema)
