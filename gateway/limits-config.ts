import type { Of } from '../domain/api/schema.ts'

const count = (description: string) => ({ type: 'integer', format: 'int32', description, minimum: 1 }) as const

/** Concurrency limits and client timeouts of the gateway. The defaults are in limits.ts and server/http/connections.ts. */
export const limitsSchema = {
  type: 'object',
  description: 'Limits of what the gateway serves at once. Optional. Defaults to the default of each field.',
  properties: {
    inFlight: count('Requests that the gateway serves at once. Optional. Defaults to 2048.'),
    inFlightPerIdentity: count(
      'Requests that the gateway serves at once for one identity, watches, logs and streams included. Optional. Defaults to 256.',
    ),
    endless: count('How many requests of inFlight may be watches, logs, streams or proxied requests. Optional. Defaults to half of inFlight.'),
    endlessPerIdentity: count(
      'How many requests of inFlightPerIdentity may be watches, logs, streams or proxied requests. Optional. Defaults to half of inFlightPerIdentity.',
    ),
    connections: count('Open connections. Optional. Defaults to 4096.'),
    connectionsPerAddress: count('Open connections from one IP address. Agents behind one NAT share it. Optional. Defaults to 1024.'),
    handshakeSeconds: count('Maximum duration of a TLS handshake, in seconds. Optional. Defaults to 10.'),
    headSeconds: count('Maximum duration of receiving the head of a request, in seconds. Optional. Defaults to 15.'),
    requestSeconds: count('Maximum duration of receiving a request with its body, in seconds. Optional. Defaults to 60.'),
    slowReaderSeconds: count(
      'Disconnect clients that read nothing of a response for this many seconds. Upgraded connections are exempt. Optional. Defaults to 60.',
    ),
    slowReaders: count(
      'Maximum number of slow-reading clients. Above it, those of the IP address with the most are disconnected first. Optional. Defaults to 32.',
    ),
    idleSeconds: count('How long an idle connection stays open, in seconds. Clients in Go keep theirs for 90. Optional. Defaults to 120.'),
    refusedRecordBytesPerSecond: count('Bytes a second that refused requests of one identity may add to the records. Optional. Defaults to 131072.'),
    recordBytesPerSecond: count('Bytes a second that forwarded requests of one identity may add to the records. Optional. Defaults to 1048576.'),
  },
} as const

export type LimitsConfig = Of<typeof limitsSchema>
