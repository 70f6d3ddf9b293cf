import { StatusError } from '../domain/status-error.ts'
import { BOUNDS, type ConnectionBounds } from '../server/http/connections.ts'
import { FairCounts } from '../server/fair-counts.ts'
import type { LimitsConfig } from './limits-config.ts'
import { createRecordBudget, type RecordBudget } from './record/budget.ts'

/** What a bound turned away, as a metric has it. */
export type Bound =
  'inFlight' | 'largeHeads' | 'inFlightPerIdentity' | 'endless' | 'endlessPerIdentity' | 'pipelined' | 'bodies' | 'bodiesPerIdentity' | 'records'

/** How a request may come in: the options of Node's server, and the bounds of connections. */
export type WireLimits = {
  readonly bounds: ConnectionBounds
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  /** How often Node looks for heads and bodies that take too long. */
  readonly connectionsCheckingInterval: number
}

const CONNECTIONS = 4096
const CONNECTIONS_PER_ADDRESS = 1024
const HEAD_SECONDS = 15
const REQUEST_SECONDS = 60
const CHECK_SECONDS = 5
const IDLE_SECONDS = 120

export function wireLimits({ headSeconds = HEAD_SECONDS, requestSeconds = REQUEST_SECONDS, ...config }: LimitsConfig): WireLimits {
  const { handshakeSeconds, slowReaderSeconds, idleSeconds = IDLE_SECONDS } = config
  return {
    bounds: {
      connections: config.connections ?? CONNECTIONS,
      connectionsPerAddress: config.connectionsPerAddress ?? CONNECTIONS_PER_ADDRESS,
      handshakeMs: handshakeSeconds === undefined ? BOUNDS.handshakeMs : handshakeSeconds * 1000,
      slowReaders: config.slowReaders ?? BOUNDS.slowReaders,
      slowReaderMs: slowReaderSeconds === undefined ? BOUNDS.slowReaderMs : slowReaderSeconds * 1000,
    },
    headersTimeout: Math.min(headSeconds, requestSeconds) * 1000,
    requestTimeout: requestSeconds * 1000,
    keepAliveTimeout: idleSeconds * 1000,
    connectionsCheckingInterval: Math.round(Math.min(CHECK_SECONDS, headSeconds / 3) * 1000),
  }
}

/** Room that bodies take while they are needed. */
export type Room = {
  /** @throws StatusError TooManyRequests */
  take(bytes: number): void
  /** Gives all of it back. */
  release(): void
}

/** Bounds what is done at once, so that one agent cannot take the gateway from the others. */
export type Limits = {
  /** Gives the way to leave again. @throws StatusError TooManyRequests */
  enter(identity: string): () => void
  /** For a request that has entered, and whose answer may go on for long. Gives the way to leave again. @throws StatusError TooManyRequests */
  enterEndless(identity: string): () => void
  /** For one body. */
  room(identity: string): Room
  /** For one request of a connection, before anything of it is read. Gives the way to leave. @throws StatusError TooManyRequests */
  queue(connection: object): () => void
  /** What the records of an identity may take. */
  readonly records: RecordBudget
  readonly inFlight: number
}

const IN_FLIGHT = 2048
const IN_FLIGHT_PER_IDENTITY = 256
/** Bodies that are being received or sent on. What waits for a human has a room of its own: hold/places.ts. */
const BODY_BYTES = 96 * 1024 * 1024
const BODY_BYTES_PER_IDENTITY = 32 * 1024 * 1024
/** Requests that were sent before earlier ones of the connection were answered. Clients that we know send none. */
const PIPELINED = 64

const half = (count: number): number => Math.max(1, Math.floor(count / 2))
const tooMany = (message: string): StatusError => new StatusError('TooManyRequests', message, { details: { retryAfterSeconds: 1 } })

/** Takes one place, until the function that it gives is called. `full`: throws what is said when there is none. */
const entering =
  (places: FairCounts<string>, full: { readonly own: () => never; readonly all: () => never }) =>
  (identity: string): (() => void) => {
    const reason = places.full(identity, 1)
    if (reason !== undefined) full[reason]()
    places.add(identity, 1)
    return () => places.add(identity, -1)
  }

/** `reached` is told of each request that a bound turned away. */
export function createLimits(
  { inFlight = IN_FLIGHT, inFlightPerIdentity = IN_FLIGHT_PER_IDENTITY, endless, endlessPerIdentity, ...budget }: LimitsConfig,
  reached: (bound: Bound) => void = () => {},
  nowMs: () => number = () => performance.now(),
): Limits {
  const requests = new FairCounts<string>(inFlightPerIdentity, inFlight)
  const lasting = new FairCounts<string>(endlessPerIdentity ?? half(inFlightPerIdentity), endless ?? half(inFlight))
  const bodies = new FairCounts<string>(BODY_BYTES_PER_IDENTITY, BODY_BYTES)
  const queues = new FairCounts<object>(PIPELINED, Infinity)
  const refuse = (bound: Bound, message: string): never => {
    reached(bound)
    throw tooMany(message)
  }

  return {
    enter: entering(requests, {
      own: () => refuse('inFlightPerIdentity', 'too many requests of yours are being served; try again'),
      all: () => refuse('inFlight', 'too many requests of all agents are being served; try again'),
    }),
    enterEndless: entering(lasting, {
      own: () => refuse('endlessPerIdentity', 'too many watches, logs, streams and proxied requests of yours are open; end some'),
      all: () => refuse('endless', 'too many watches, logs, streams and proxied requests of all agents are open; try again'),
    }),
    room: (identity) => {
      let held = 0
      return {
        take: (bytes) => {
          const full = bodies.full(identity, bytes)
          if (full === 'own') refuse('bodiesPerIdentity', 'too many bodies of yours are being received; try again')
          if (full === 'all') refuse('bodies', 'too many bodies are being received; try again')
          bodies.add(identity, bytes)
          held += bytes
        },
        release: () => {
          if (held > 0) bodies.add(identity, -held)
          held = 0
        },
      }
    },
    queue: (connection) => {
      if (queues.full(connection, 1) !== undefined) refuse('pipelined', 'too many requests of this connection wait for their answers; try again')
      queues.add(connection, 1)
      return () => queues.add(connection, -1)
    },
    records: createRecordBudget(budget, nowMs),
    get inFlight() {
      return requests.total
    },
  }
}
