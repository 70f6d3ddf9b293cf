import type { Of } from '../domain/api/schema.ts'
import { adminSchema, clusterSchema, ConfigError, kubeconfigSchema, listenSchema, objectNameSchema, readConfig, tlsSchema } from '../server/config.ts'
import { recordsRetentionSchema } from '../server/records/config.ts'
import { limitsSchema } from './limits-config.ts'
import { sessionsSchema } from './sessions/config.ts'

export const gatewayConfigSchema = {
  type: 'object',
  description: 'Configuration of the gateway. It needs exactly one of impersonator and impersonatorKubeconfig.',
  required: ['listen', 'admin', 'tls', 'recordsDir'],
  properties: {
    listen: listenSchema,
    admin: adminSchema,
    tls: tlsSchema,
    kubeconfig: kubeconfigSchema,
    cluster: clusterSchema,
    issuersDir: {
      type: 'string',
      description: 'Folder of YAML files, one token issuer each. Optional. Defaults to none. A folder that does not exist holds no issuers.',
    },
    serviceAccountTokens: {
      type: 'object',
      description: 'Accept ServiceAccount tokens of this cluster. Optional. Defaults to none: they are refused.',
      required: ['audiences'],
      properties: {
        audiences: {
          type: 'array',
          description: 'Accepted audiences. A token must have at least one of them. Required.',
          minItems: 1,
          items: { type: 'string', description: 'An audience.', minLength: 1 },
        },
      },
    },
    recordsDir: { type: 'string', description: 'Folder of the records. Required.', minLength: 1 },
    recordsMode: {
      type: 'integer',
      format: 'int32',
      description: 'File mode of record files, for example 0o640. Optional. Defaults to 0o600.',
      minimum: 0,
      maximum: 511,
    },
    recordsRetention: recordsRetentionSchema,
    sessions: sessionsSchema,
    impersonator: objectNameSchema(
      'ServiceAccount',
      'ServiceAccount whose tokens the gateway requests and uses to forward requests. Optional. Defaults to none.',
    ),
    impersonatorKubeconfig: {
      type: 'string',
      description: 'Kubeconfig file with the credential that forwards requests. Optional. Defaults to none.',
    },
    limits: limitsSchema,
    lastKnownSeconds: {
      type: 'integer',
      format: 'int32',
      description:
        'How long the policies and grants last known still apply while jit-apiserver is unavailable, in seconds. Optional. Defaults to 600. 0 turns it off.',
      minimum: 0,
      maximum: 86_400,
    },
    hold: {
      type: 'object',
      description: 'Operations that wait for an approval. Optional. Defaults to the default of each field.',
      properties: {
        maxPending: {
          type: 'integer',
          format: 'int32',
          description: 'Operations that may wait at once. Optional. Defaults to 256.',
          minimum: 1,
        },
      },
    },
  },
} as const

export type GatewayConfig = Of<typeof gatewayConfigSchema>

/** @throws ConfigError that names each field that is wrong */
export async function readGatewayConfig(file: string): Promise<GatewayConfig> {
  const config = await readConfig(file, gatewayConfigSchema)
  if ((config.impersonator === undefined) === (config.impersonatorKubeconfig === undefined))
    throw new ConfigError(`${file}: .: give exactly one of impersonator and impersonatorKubeconfig`)
  return config
}
