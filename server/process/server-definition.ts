import type { Server as NetServer } from 'node:net'
import type { Registry } from 'prom-client'
import type { Clock } from '../../domain/clock.ts'
import type { Recorder } from '../../domain/record/recorder.ts'
import type { Listen } from '../config.ts'
import type { Check } from '../http/admin.ts'
import type { Log } from '../log.ts'

/** The fields of a configuration that `runServer` uses. */
export type ServerConfig = { readonly admin: Listen; readonly cluster?: string | undefined }

/** What `runServer` gives to a server. */
export type ServerContext<Config extends ServerConfig> = {
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  /** Has the metrics of the process. The server adds its own. */
  readonly registry: Registry
  /** Logs `event` with the reason and exits with 1. For failures after which the server can no longer work. */
  readonly fail: (event: string, error: unknown) => never
}

/** One step of stopping. A step that throws is logged, and the next one runs. */
export type StopStep = () => Promise<unknown> | void

/** How a server waits between the signal and its first step of stopping. It serves during that time. */
export type Drain = {
  /** Whether the server still reports that it is ready. */
  readonly ready: boolean
  readonly ms: number
}

/** A server that is created but has not opened a port. */
export type CreatedServer = {
  /** The port for clients and where it listens. Optional. By default the server has only the admin port. */
  readonly port?: { readonly server: NetServer; readonly listen: Listen }
  /** Readiness checks. `runServer` adds `serving`, which holds from the end of `start` until the drain. */
  readonly checks: readonly Check[]
  /** Further JSON documents of the admin port, by path: see `createAdminServer`. Optional. Defaults to none. */
  readonly documents?: { readonly [path: string]: () => string }
  /** Records the start and the end of the server. Optional. By default they are only logged. */
  readonly recorder?: Recorder & { close(): Promise<void> }
  /** Runs when the ports are open. The server is ready only when it resolves. Optional. */
  readonly start?: () => Promise<void> | void
  /** Decides how to drain, when the signal arrives. Optional. Defaults to DRAIN, and to no wait for a server with only the admin port. */
  readonly drain?: () => Drain
  /** Steps that stop accepting clients and finish their requests, in this order. Optional. Defaults to none. */
  readonly finish?: readonly StopStep[]
  /** Steps that close what the server depends on, in this order. The records are still open. */
  readonly close: readonly StopStep[]
  /** Closed at the end, since a call that hangs would otherwise keep the records from being ended. */
  readonly clients: readonly { close(): Promise<void> }[]
}

/** What differs between servers. `runServer` does the rest. */
export type ServerDefinition<Config extends ServerConfig> = {
  /** Name of the server in log lines and records. */
  readonly part: string
  /** Its entry point, for the usage: `gateway/main.ts`. */
  readonly program: string
  /** @throws ConfigError that names each invalid field */
  readonly readConfig: (file: string) => Promise<Config>
  /**
   * Creates the server and starts its background work. Opens no port.
   * @throws ConfigError for mistakes that show only here, and any Error
   */
  readonly create: (context: ServerContext<Config>) => Promise<CreatedServer>
  /** Time limit for all of stopping. Optional. Defaults to STOP_LIMIT_MS. */
  readonly stopLimitMs?: number
}
