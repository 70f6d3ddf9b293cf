import { parseArgs } from 'node:util'
import type { Clock } from '../../domain/clock.ts'
import { ConfigError } from '../config.ts'
import { createAdminServer, listen } from '../http/admin.ts'
import { createLog, reasonOf } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { releaseMemory, releaseMemoryLater } from './give-back-memory.ts'
import type { CreatedServer, Drain, ServerConfig, ServerContext, ServerDefinition, StopStep } from './server-definition.ts'
import { stopOnSignal } from './stop.ts'
import { surviveErrors } from './survive-errors.ts'

/** The exit codes of every server. */
const EXIT = {
  /** Stopped after a signal, within the time limit. */
  stopped: 0,
  /** Could not start or continue, or was stopped before it had closed everything. */
  failed: 1,
  /** Invalid flags or configuration. */
  usage: 2,
} as const

/** Time for endpoints to observe that this process is not ready. Requests still arrive until then. */
export const DRAIN: Drain = { ready: false, ms: 1_000 }
/** Without a port for clients, nobody has to observe it. */
const NO_DRAIN: Drain = { ready: false, ms: 0 }
/** Five seconds less than `terminationGracePeriodSeconds` of the Pods, after which the kubelet kills the process. */
const STOP_LIMIT_MS = 25_000

const clock: Clock = { nowMs: () => Date.now() }

type AdminPort = { readonly notReady: () => void; readonly close: () => void }

/** The file that `--config FILE` names. Undefined for any other command line. */
function configFile(): string | undefined {
  try {
    return parseArgs({ options: { config: { type: 'string' } } }).values.config
  } catch {
    return undefined
  }
}

/** Everything from the signal to the exit code, in order. */
function stopSteps(server: CreatedServer, part: string, admin: AdminPort): readonly StopStep[] {
  const { port, recorder, drain = () => (port === undefined ? NO_DRAIN : DRAIN), finish = [], close, clients } = server
  return [
    async () => {
      const { ready, ms } = drain()
      if (!ready) admin.notReady()
      await new Promise((resolve) => setTimeout(resolve, ms))
    },
    ...finish,
    ...close,
    () => recorder?.record({ event: 'server.stopped', part }),
    () => recorder?.close(),
    () => Promise.all(clients.map((client) => client.close())),
    () => admin.close(),
  ]
}

async function run<Config extends ServerConfig>(
  definition: ServerDefinition<Config>,
  file: string,
  context: Omit<ServerContext<Config>, 'config' | 'registry'>,
): Promise<void> {
  const { part } = definition
  const { log } = context
  let steps: readonly StopStep[] | undefined
  stopOnSignal({
    log,
    limitMs: definition.stopLimitMs ?? STOP_LIMIT_MS,
    exit: (end) => process.exit(EXIT[end]),
    steps: () => steps,
  })
  const config = await definition.readConfig(file)
  const registry = createMetrics()
  const server = await definition.create({ ...context, config, registry })
  await server.recorder?.record({ event: 'server.started', part, cluster: config.cluster })

  let serving = false
  const admin = createAdminServer({
    registry,
    ready: [...server.checks, { name: 'serving', ok: () => serving }],
    ...(server.documents === undefined ? {} : { documents: server.documents }),
  })
  const adminPort = await listen(admin, config.admin)
  const port = server.port === undefined ? {} : { port: await listen(server.port.server, server.port.listen) }
  releaseMemory() // before a process that hands over stops serving
  await server.start?.()
  steps = stopSteps(server, part, { notReady: () => void (serving = false), close: () => void admin.close() })
  serving = true
  log.info('started', { ...port, adminPort })
  releaseMemoryLater()
}

/**
 * Runs a server from `node PROGRAM --config FILE` to its exit code. Every main.ts calls it once. In this order, it
 *
 * 1. logs uncaught errors from now on instead of ending the process;
 * 2. reads the flag and the configuration, and exits with 2 if one of them is invalid;
 * 3. calls `create`, and records `server.started`;
 * 4. opens the admin port (health and metrics), then the port for clients;
 * 5. returns the memory of the start to the system, calls `start`, and reports that the server is ready;
 * 6. waits for SIGTERM or SIGINT. A signal before this step exits with 1 at once, since the server is not ready;
 * 7. drains: reports that the server is not ready and serves on for DRAIN, until no new clients arrive;
 * 8. runs the steps of `finish`, then those of `close`;
 * 9. records `server.stopped`, ends the records, and closes the clients and the admin port;
 * 10. exits with 0, or with 1 as soon as steps 7 to 9 exceed the time limit or a second signal arrives.
 *
 * An error in steps 2 to 5 is logged as `start.failed` and exits with 1. Errors in steps 7 to 9 are logged as `stop.failed` and change no exit code.
 */
export function runServer<Config extends ServerConfig>(definition: ServerDefinition<Config>): void {
  const log = createLog({ part: definition.part, clock, write: (line) => void process.stderr.write(line) })
  surviveErrors(log)
  const fail = (event: string, error: unknown, code: number = EXIT.failed): never => {
    log.error(event, { error: reasonOf(error) })
    process.exit(code)
  }
  const file = configFile()
  if (file === undefined) {
    process.stderr.write(`usage: node ${definition.program} --config FILE\n`)
    process.exit(EXIT.usage)
  }
  run(definition, file, { clock, log, fail }).catch((error: unknown) =>
    fail('start.failed', error, error instanceof ConfigError ? EXIT.usage : EXIT.failed),
  )
}
