import { StatusError } from '../domain/status-error.ts'
import { BOUNDS, type ConnectionBounds } from '../server/http/connections.ts'
import { FairCounts } from '../server/fair-counts.ts'
import { createFairLimit, type FairLimit } from '../server/fair-limit.ts'
import type { LimitsConfig } from './limits-config.ts'
import { createSlowWork, type SlowWork } from './mask/slow-work.ts'
import { createRecordBudget, type RecordBudget } from './record/record-budget.ts'

/** Limits that reject requests, as values of the metric label `bound`. */
export type ReachedLimit =
  'inFlight' | 'largeHeads' | 'inFlightPerIdentity' | 'endless' | 'endlessPerIdentity' | 'pipelined' | 'bodies' | 'bodiesPerIdentity' | 'records'

/** Timeouts of Node's HTTP server and limits of connections. */
export type WireLimits = {
  readonly bounds: ConnectionBounds
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  /** How often Node checks for heads and bodies that exceed their timeout, in milliseconds. */
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

/** Memory budget of one request body. */
export type BodyBudget = {
  /** @throws StatusError TooManyRequests */
  take(bytes: number): void
  /** Returns all taken bytes. Safe to call more than once. */
  release(): void
}

/** Concurrency limits, so that one agent cannot exhaust the gateway for the others. */
export type Limits = {
  /** Counts a request in flight. Returns its release function. @throws StatusError TooManyRequests */
  enter(identity: string): () => void
  /** Counts a request that entered and may be long-running. Returns its release function. @throws StatusError TooManyRequests */
  enterEndless(identity: string): () => void
  /** Creates the budget of one request body. */
  room(identity: string): BodyBudget
  /** Counts a request of a connection before any of it is read. Returns its release function. @throws StatusError TooManyRequests */
  queue(connection: object): () => void
  /**
   * Waits for a place for a write that is forwarded, which the webhook decides about too. Returns the release function. Of all identities the one with
   * the fewest comes first.
   */
  enterWrite(identity: string): Promise<() => void>
  /** Places for calls of the gateway's own in the name of an identity. Those that find none wait. */
  readonly ownCalls: FairLimit
  /** Masking that takes long and cannot be interrupted. */
  readonly slowWork: SlowWork
  /** Rate limit of the bytes that each identity adds to the records. */
  readonly records: RecordBudget
  readonly inFlight: number
}

const IN_FLIGHT = 2048
const IN_FLIGHT_PER_IDENTITY = 256
/** Memory for bodies that are being received or forwarded. Held operations have a separate limit in hold/pending-limit.ts. */
const BODY_BYTES = 96 * 1024 * 1024
const BODY_BYTES_PER_IDENTITY = 32 * 1024 * 1024
/**
 * Calls of the gateway's own, such as dry runs. Each answer is read whole and parsed, which takes some 20 ms and some megabytes for the largest objects,
 * so an agent that writes to such an object again and again would delay all others by seconds.
 */
const OWN_CALLS = 64
const OWN_CALLS_PER_IDENTITY = 4
/**
 * Writes that are forwarded at once. The webhook reads the object and its old version of each, in one queue for all agents, and kube-apiserver refuses a
 * write whose answer takes more than five seconds.
 */
const WRITES_PER_IDENTITY = 16
/** Pipelined requests for each connection. Known clients do not pipeline. */
const PIPELINED = 64

const half = (count: number): number => Math.max(1, Math.floor(count / 2))
const tooMany = (message: string): StatusError => new StatusError('TooManyRequests', message, { details: { retryAfterSeconds: 1 } })

/** Takes one place and returns the function that releases it. `full` throws the refusal when no place is left. */
const entering =
  (places: FairCounts<string>, full: { readonly own: () => never; readonly all: () => never }) =>
  (identity: string): (() => void) => {
    const reason = places.full(identity, 1)
    if (reason !== undefined) full[reason]()
    places.add(identity, 1)
    return () => places.add(identity, -1)
  }

/** @param reached called for each request that a limit rejects */
export function createLimits(
  { inFlight = IN_FLIGHT, inFlightPerIdentity = IN_FLIGHT_PER_IDENTITY, endless, endlessPerIdentity, ...budget }: LimitsConfig,
  reached: (bound: ReachedLimit) => void = () => {},
  nowMs: () => number = () => performance.now(),
): Limits {
  const requests = new FairCounts<string>(inFlightPerIdentity, inFlight)
  const lasting = new FairCounts<string>(endlessPerIdentity ?? half(inFlightPerIdentity), endless ?? half(inFlight))
  const bodies = new FairCounts<string>(BODY_BYTES_PER_IDENTITY, BODY_BYTES)
  const writes = createFairLimit(inFlight, WRITES_PER_IDENTITY)
  const queues = new FairCounts<object>(PIPELINED, Infinity)
  const refuse = (bound: ReachedLimit, message: string): never => {
    reached(bound)
    throw tooMany(message)
  }

  return {
    enter: entering(requests, {
      own: () => refuse('inFlightPerIdentity', 'too many of your requests are being served; try again'),
      all: () => refuse('inFlight', 'too many requests of all agents are being served; try again'),
    }),
    enterEndless: entering(lasting, {
      own: () => refuse('endlessPerIdentity', 'too many of your watches, logs, streams and proxied requests are open; end some'),
      all: () => refuse('endless', 'too many watches, logs, streams and proxied requests of all agents are open; try again'),
    }),
    room: (identity) => {
      let held = 0
      return {
        take: (bytes) => {
          const full = bodies.full(identity, bytes)
          if (full === 'own') refuse('bodiesPerIdentity', 'too many of your request bodies are being received; try again')
          if (full === 'all') refuse('bodies', 'too many request bodies are being received; try again')
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
    enterWrite: (identity) => new Promise((enter) => void writes.take(identity, () => new Promise<void>((release) => enter(release)))),
    ownCalls: createFairLimit(OWN_CALLS, OWN_CALLS_PER_IDENTITY),
    slowWork: createSlowWork({ nowMs }),
    records: createRecordBudget(budget, nowMs),
    get inFlight() {
      return requests.total
    },
  }
}
