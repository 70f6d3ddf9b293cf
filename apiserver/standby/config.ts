import { listenSchema, readConfig, tlsSchema, type Listen, type TlsFiles } from '../../server/config.ts'

export type StandbyConfig = {
  readonly listen: Listen
  readonly admin: Listen
  readonly tls: TlsFiles
  /** Left out: the cluster that the pod runs in. */
  readonly kubeconfig?: string
  /** The Service of the aggregated API. */
  readonly service: { readonly namespace: string; readonly name: string }
  /** Our own pod, in the same namespace. */
  readonly pod: string
}

const name = { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9.-]+$' } as const
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['listen', 'admin', 'tls', 'service', 'pod'],
  properties: {
    listen: listenSchema,
    admin: listenSchema,
    tls: tlsSchema,
    kubeconfig: { type: 'string' },
    service: { type: 'object', additionalProperties: false, required: ['namespace', 'name'], properties: { namespace: name, name } },
    pod: name,
  },
} as const

export const readStandbyConfig = (file: string): Promise<StandbyConfig> => readConfig<StandbyConfig>(file, schema)
