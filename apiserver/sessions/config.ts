import type { Of } from '../../domain/api/schema.ts'

/** Configuration of where the records of the gateways are. */
export const gatewaysSchema = {
  type: 'object',
  description: 'The gateways whose records AccessSessions show. Optional. Defaults to none: the list of AccessSessions is empty and says why.',
  required: ['addresses', 'serverName', 'caFile', 'certFile', 'keyFile'],
  properties: {
    addresses: {
      type: 'array',
      description: 'HOST:PORT of the port sessions of gateways. Every address that DNS knows for a host is a gateway. Required.',
      minItems: 1,
      maxItems: 64,
      items: { type: 'string', description: 'HOST:PORT.', pattern: '^[^:/\\s]+:[0-9]{1,5}$' },
    },
    serverName: { type: 'string', description: 'DNS name in the certificate of the gateways. Required.', minLength: 1 },
    caFile: { type: 'string', description: 'PEM file of the CA that signs the certificate of the gateways. Required.', minLength: 1 },
    certFile: { type: 'string', description: 'PEM file of the client certificate for the gateways. Required.', minLength: 1 },
    keyFile: { type: 'string', description: 'PEM file of its private key. Required.', minLength: 1 },
  },
} as const

export type GatewaysConfig = Of<typeof gatewaysSchema>
