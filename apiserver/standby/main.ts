import type { Socket } from 'node:net'
import { parseArgs } from 'node:util'
import type { Clock } from '../../domain/clock.ts'
import { createKubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../../kube/cluster-config.ts'
import { createAdminServer, listen } from '../../server/http/admin.ts'
import { ConfigError } from '../../server/config.ts'
import { createTlsServer } from '../../server/http/https.ts'
import { releaseStartupMemory } from '../../server/process/give-back-memory.ts'
import { createLog, reasonOf } from '../../server/log.ts'
import { createMetrics } from '../../server/metrics.ts'
import { closeServer, stopOnSignal } from '../../server/process/stop.ts'
import { surviveErrors } from '../../server/process/survive-errors.ts'
import { requestMetrics } from '../metrics.ts'
import { readStandbyConfig, type Place } from './config.ts'
import { createStandbyHandler } from './handler.ts'
import { standIn, type StandIn } from './stand-in.ts'

/**
 * The standby for the apiserver: `node apiserver/standby/main.ts --config FILE`. It forwards connections to the apiserver. While the apiserver
 * is unavailable, it answers discovery and OpenAPI with the same bytes and everything else with 503. Without it, an apiserver that is down
 * would make the group's discovery stale, and then no namespace of the cluster could be deleted. Exit code 2 means a usage or configuration
 * error.
 */
const clock: Clock = { nowMs: () => Date.now() }
const log = createLog({ part: 'apiserver-standby', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 10_000
/** Time for endpoints to notice that this pod is no longer ready. Connections still arrive until then. */
const DRAIN_MS = 1_000

async function takePlace(place: Place, kubeconfig: string | undefined, serve: (socket: Socket) => void): Promise<StandIn> {
  const client = createKubeClient(kubeconfig === undefined ? await inClusterConfig(process.env) : await clusterConfigFromKubeconfig(kubeconfig))
  return standIn({
    client,
    clock,
    place,
    serve,
    changed: (serving) => log.info(serving ? 'standing-in' : 'standing-by'),
    onError: (error) => log.warn('stand-in.trouble', { error: reasonOf(error) }),
  })
}

async function run(file: string): Promise<void> {
  const config = await readStandbyConfig(file)
  const registry = createMetrics()
  const server = createTlsServer({ tls: config.tls, handler: createStandbyHandler({ clock, served: requestMetrics(registry) }), log })
  const place =
    config.place === undefined
      ? undefined
      : await takePlace(config.place, config.kubeconfig, (socket) => void server.server.emit('connection', socket))

  let ready = true
  const admin = createAdminServer({
    registry,
    ready: [
      { name: 'place', ok: () => place?.settled() ?? true },
      { name: 'serving', ok: () => ready },
    ],
  })
  const adminPort = await listen(admin, config.admin)
  const port = await listen(place?.forwarder.server ?? server.server, config.listen)
  place?.start()
  log.info('started', { port, count: adminPort })
  releaseStartupMemory()

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      () => void (ready = false),
      () => new Promise((resolve) => setTimeout(resolve, DRAIN_MS)),
      () => place?.stop(),
      () => place?.forwarder.close(),
      () => (place === undefined ? closeServer(server.server) : server.server.closeAllConnections()),
      () => void admin.close(),
    ],
  })
}

surviveErrors(log)
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (values.config === undefined) {
  process.stderr.write('usage: node apiserver/standby/main.ts --config FILE\n')
  process.exit(2)
}
run(values.config).catch((error: unknown) => {
  log.error('start.failed', { error: reasonOf(error) })
  process.exit(error instanceof ConfigError ? 2 : 1)
})
