import type { Of } from '../../domain/api/schema.ts'
import { listenSchema, tlsSchema } from '../../server/config.ts'

/** Configuration of the port on which jit-apiserver reads the records of this gateway. */
export const sessionsSchema = {
  type: 'object',
  description:
    'Serve the records to jit-apiserver, which shows them as AccessSessions. Optional. Defaults to none: AccessSessions do not have what this gateway recorded.',
  required: ['listen', 'tls', 'clientCAFile', 'clientName'],
  properties: {
    listen: listenSchema,
    tls: tlsSchema,
    clientCAFile: {
      type: 'string',
      description:
        'PEM file of the CA that signs the client certificate of jit-apiserver. The server reads the file again when it changes. Required.',
      minLength: 1,
    },
    clientName: {
      type: 'string',
      description: 'DNS name in the client certificate of jit-apiserver. Clients with other names are refused. Required.',
      minLength: 1,
    },
  },
} as const

export type SessionsConfig = Of<typeof sessionsSchema>
