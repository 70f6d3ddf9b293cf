import { listenSchema, readConfig, tlsSchema, type Listen, type TlsFiles } from '../server/config.ts'
import { recordsRetentionSchema, type RecordsRetention } from '../server/records-config.ts'

export type ApiserverConfig = {
  readonly listen: Listen
  readonly admin: Listen
  readonly tls: TlsFiles
  /** Left out: the cluster that the pod runs in. */
  readonly kubeconfig?: string
  /** Name of this cluster, for policies that name clusters. Left out: only policies for all clusters hold. */
  readonly cluster?: string
  readonly storage: { readonly sqlite: string }
  /** Where the decisions are recorded. Optional. Defaults to the folder `records` beside the database. */
  readonly recordsDir?: string
  /** When record files are removed, the oldest first. Optional. */
  readonly recordsRetention?: RecordsRetention
  /** How long decided and expired requests and ended grants are kept, in seconds. Left out: 604800, seven days. */
  readonly retentionSeconds?: number
}

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['listen', 'admin', 'tls', 'storage'],
  properties: {
    listen: listenSchema,
    admin: listenSchema,
    tls: tlsSchema,
    kubeconfig: { type: 'string' },
    cluster: { type: 'string' },
    retentionSeconds: { type: 'integer', minimum: 60 },
    recordsDir: { type: 'string', minLength: 1 },
    recordsRetention: recordsRetentionSchema,
    storage: { type: 'object', additionalProperties: false, required: ['sqlite'], properties: { sqlite: { type: 'string', minLength: 1 } } },
  },
} as const

export const readApiserverConfig = (file: string): Promise<ApiserverConfig> => readConfig<ApiserverConfig>(file, schema)
