import type { Of } from '../domain/api/schema.ts'
import { adminSchema, clusterSchema, kubeconfigSchema, listenSchema, readConfig, tlsSchema } from '../server/config.ts'
import { recordsRetentionSchema } from '../server/records/config.ts'
import { gatewaysSchema } from './sessions/config.ts'
import { checkPasskeys, passkeysSchema } from './passkeys-config.ts'

export const apiserverConfigSchema = {
  type: 'object',
  description: 'Configuration of the apiserver.',
  required: ['listen', 'admin', 'tls', 'storage'],
  properties: {
    listen: listenSchema,
    admin: adminSchema,
    tls: tlsSchema,
    kubeconfig: kubeconfigSchema,
    cluster: clusterSchema,
    storage: {
      type: 'object',
      description: 'Where objects are stored. Required.',
      required: ['sqlite'],
      properties: {
        sqlite: {
          type: 'string',
          description: 'Path of the SQLite database file. The server creates it when it does not exist. Required.',
          minLength: 1,
        },
      },
    },
    retentionSeconds: {
      type: 'integer',
      format: 'int32',
      description: 'How long decided and expired requests and ended grants are kept, in seconds. Optional. Defaults to 604800 (7 days).',
      minimum: 60,
    },
    recordsDir: {
      type: 'string',
      description: 'Folder of the records of decisions. Optional. Defaults to the folder records next to the database.',
      minLength: 1,
    },
    recordsRetention: recordsRetentionSchema,
    gateways: gatewaysSchema,
    passkeys: passkeysSchema,
  },
} as const

export type ApiserverConfig = Of<typeof apiserverConfigSchema>

/** @throws ConfigError that names each invalid field */
export async function readApiserverConfig(file: string): Promise<ApiserverConfig> {
  const config = await readConfig(file, apiserverConfigSchema)
  checkPasskeys(file, config.passkeys)
  return config
}
