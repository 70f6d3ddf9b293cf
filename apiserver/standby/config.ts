import { listenSchema, readConfig, tlsSchema, type Listen, type TlsFiles } from '../../server/config.ts'

export type StandbyConfig = {
  readonly listen: Listen
  readonly admin: Listen
  readonly tls: TlsFiles
  /** Left out: the cluster that the pod runs in. */
  readonly kubeconfig?: string
  /** Where it stands in. Left out: whoever started it decides what reaches it. */
  readonly place?: Place
}

/** The Service of the aggregated API, and our own pod in the same namespace. */
export type Place = { readonly namespace: string; readonly service: string; readonly pod: string }

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
      required: ['namespace', 'service', 'pod'],
      properties: { namespace: name, service: name, pod: name },
    },
  },
} as const

export const readStandbyConfig = (file: string): Promise<StandbyConfig> => readConfig<StandbyConfig>(file, schema)
