import { listenSchema, readConfig, tlsSchema, type Listen, type TlsFiles } from '../../server/config.ts'

export type StandbyConfig = {
  readonly listen: Listen
  readonly admin: Listen
  readonly tls: TlsFiles
  /** Left out: the cluster that the pod runs in. */
  readonly kubeconfig?: string
  /** For whom it stands in. Left out: it answers whatever reaches it. */
  readonly place?: Place
}

/** The Service whose endpoints are the apiserver alone. */
export type Place = { readonly namespace: string; readonly service: string }

const name = { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9.-]+$' } as const
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['listen', 'admin', 'tls'],
  properties: {
    listen: listenSchema,
    admin: listenSchema,
    tls: tlsSchema,
    kubeconfig: { type: 'string' },
    place: {
      type: 'object',
      additionalProperties: false,
      required: ['namespace', 'service'],
      properties: { namespace: name, service: name },
    },
  },
} as const

export const readStandbyConfig = (file: string): Promise<StandbyConfig> => readConfig<StandbyConfig>(file, schema)
