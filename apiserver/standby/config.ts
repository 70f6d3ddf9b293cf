import type { Of } from '../../domain/api/schema.ts'
import { adminSchema, kubeconfigSchema, listenSchema, readConfig, tlsSchema } from '../../server/config.ts'

const name = (description: string) => ({ type: 'string', description, minLength: 1, maxLength: 253, pattern: '^[a-z0-9.-]+$' }) as const

export const standbyConfigSchema = {
  type: 'object',
  description: 'Configuration of the standby, which answers discovery while the apiserver is unavailable.',
  required: ['listen', 'admin', 'tls'],
  properties: {
    listen: listenSchema,
    admin: adminSchema,
    tls: tlsSchema,
    kubeconfig: kubeconfigSchema,
    place: {
      type: 'object',
      description: 'Service whose endpoints are the apiserver alone. Optional. Defaults to none: the standby answers every request itself.',
      required: ['namespace', 'service'],
      properties: { namespace: name('Namespace of the Service. Required.'), service: name('Name of the Service. Required.') },
    },
  },
} as const

export type StandbyConfig = Of<typeof standbyConfigSchema>

/** The Service whose endpoints are the apiserver alone. */
export type APIServicePlace = NonNullable<StandbyConfig['place']>

export const readStandbyConfig = (file: string): Promise<StandbyConfig> => readConfig(file, standbyConfigSchema)
