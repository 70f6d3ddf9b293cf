import { listenSchema, readConfig, tlsSchema, type Listen, type TlsFiles } from '../server/config.ts'
import { recordsRetentionSchema, type RecordsRetention } from '../server/records-config.ts'
import type { LimitsConfig } from './limits.ts'

export type GatewayConfig = {
  readonly listen: Listen
  readonly admin: Listen
  readonly tls: TlsFiles
  /** Left out: the cluster that the pod runs in. */
  readonly kubeconfig?: string
  /** Name of this cluster, for policies and grants that name clusters. Left out: only those for all clusters hold. */
  readonly cluster?: string
  /** Folder of YAML files, one token issuer each. Left out, or not there: none. */
  readonly issuersDir?: string
  /** Left out: ServiceAccount tokens are refused. */
  readonly serviceAccountTokens?: { readonly audiences: readonly string[] }
  readonly recordsDir: string
  /** Mode of record files. Left out: 0600. */
  readonly recordsMode?: number
  /** When record files are removed, the oldest first. Optional. */
  readonly recordsRetention?: RecordsRetention
  /** Whose tokens are asked for to forward with. Either this or impersonatorKubeconfig. */
  readonly impersonator?: { readonly namespace: string; readonly name: string }
  readonly impersonatorKubeconfig?: string
  readonly limits?: LimitsConfig
  /** How long the policies and grants last known count while jit-apiserver is away, in seconds. Optional. Defaults to 600; 0: not at all. */
  readonly lastKnownSeconds?: number
  readonly hold?: { readonly maxPending?: number }
}

const words = { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } } as const
const count = { type: 'integer', minimum: 1 } as const
const closed = { type: 'object', additionalProperties: false } as const

const schema = {
  ...closed,
  required: ['listen', 'admin', 'tls', 'recordsDir'],
  properties: {
    listen: listenSchema,
    admin: listenSchema,
    tls: tlsSchema,
    kubeconfig: { type: 'string' },
    cluster: { type: 'string' },
    issuersDir: { type: 'string' },
    serviceAccountTokens: { ...closed, required: ['audiences'], properties: { audiences: words } },
    recordsDir: { type: 'string', minLength: 1 },
    recordsMode: { type: 'integer', minimum: 0, maximum: 511 },
    recordsRetention: recordsRetentionSchema,
    impersonator: { ...closed, required: ['namespace', 'name'], properties: { namespace: { type: 'string' }, name: { type: 'string' } } },
    impersonatorKubeconfig: { type: 'string' },
    limits: {
      ...closed,
      properties: {
        inFlight: count,
        inFlightPerIdentity: count,
        endless: count,
        endlessPerIdentity: count,
        connections: count,
        connectionsPerAddress: count,
        handshakeSeconds: count,
        headSeconds: count,
        requestSeconds: count,
        slowReaderSeconds: count,
        slowReaders: count,
        idleSeconds: count,
        refusedRecordBytesPerSecond: count,
        recordBytesPerSecond: count,
      },
    },
    lastKnownSeconds: { type: 'integer', minimum: 0, maximum: 86_400 },
    hold: { ...closed, properties: { maxPending: count } },
  },
  oneOf: [{ required: ['impersonator'] }, { required: ['impersonatorKubeconfig'] }],
} as const

export const readGatewayConfig = (file: string): Promise<GatewayConfig> => readConfig<GatewayConfig>(file, schema)
