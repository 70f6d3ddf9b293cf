import { parseArgs } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import { OBSERVATIONS_PATH } from '../domain/policy/status/gateway-observations.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../kube/cluster-config.ts'
import { createAdminServer, listen } from '../server/http/admin.ts'
import { ConfigError } from '../server/config.ts'
import { releaseStartupMemory } from '../server/process/give-back-memory.ts'
import { createLog, reasonOf } from '../server/log.ts'
import { createMetrics } from '../server/metrics.ts'
import { openRecorder } from '../server/records/recorder.ts'
import { retentionOf } from '../server/records/config.ts'
import { stopOnSignal } from '../server/process/stop.ts'
import { surviveErrors } from '../server/process/survive-errors.ts'
import { readGatewayConfig } from './config.ts'
import { wireLimits } from './limits.ts'
import { recordFilesRemoved } from './metrics.ts'
import { impersonatorOf, createDependencies } from './dependencies.ts'
import { createGatewayServer } from './server.ts'

/**
 * Entry point of the gateway, the server in the kubeconfigs of agents: `node gateway/main.ts --config FILE`. Exits with 2 for wrong usage or
 * configuration.
 */
const clock: Clock = { nowMs: () => Date.now() }
const log = createLog({ part: 'gateway', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 25_000
/** Time for endpoints to observe that this process is not ready. Requests still arrive until then. */
const DRAIN_MS = 1_000
/** Grace period for short requests. Held operations do not finish within it. */
const FINISH_MS = 10_000

async function run(file: string): Promise<void> {
  const config = await readGatewayConfig(file)
  const own = config.kubeconfig === undefined ? await inClusterConfig(process.env) : await clusterConfigFromKubeconfig(config.kubeconfig)
  const client = createKubeClient(own)
  // One connection for each held operation. hold/pending-limit.ts bounds their number.
  const holdClient = createKubeClient(own, { connections: Infinity })
  const impersonator =
    config.impersonatorKubeconfig === undefined
      ? impersonatorOf(config, own, { client, clock })
      : await clusterConfigFromKubeconfig(config.impersonatorKubeconfig)
  const registry = createMetrics()
  const removedFiles = recordFilesRemoved(registry)
  const recorder = await openRecorder({
    dir: config.recordsDir,
    clock,
    onError: (error) => log.error('records.trouble', { error: reasonOf(error) }),
    ...(config.recordsMode === undefined ? {} : { mode: config.recordsMode }),
    retention: retentionOf(config.recordsRetention),
    onRemoved: (count) => {
      removedFiles.inc(count)
      log.info('records.removed', { count })
    },
  })
  const opened = await createDependencies({ config, client, holdClient, impersonator, recorder, registry, clock, log })
  const { deps, needed } = opened

  let ready = true
  const admin = createAdminServer({
    registry,
    ready: [
      ...needed.map(({ name, informer }) => ({ name, ok: () => informer.synced() })),
      { name: 'values', ok: opened.valuesKnown },
      { name: 'credential', ok: opened.canForward },
      { name: 'serving', ok: () => ready },
    ],
    documents: { [OBSERVATIONS_PATH]: opened.observations },
  })
  const server = createGatewayServer({ tls: config.tls, deps, metrics: opened.metrics, log, wire: wireLimits(config.limits ?? {}) })
  surviveErrors(log)
  await recorder.record({ event: 'server.started', part: 'gateway', cluster: config.cluster })
  const adminPort = await listen(admin, config.admin)
  const port = await listen(server, config.listen)
  log.info('started', { port, count: adminPort })
  releaseStartupMemory()

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      () => void (ready = false),
      () => new Promise((resolve) => setTimeout(resolve, DRAIN_MS)),
      () => deps.livePermits.shutdown(),
      () =>
        new Promise((resolve) => {
          const timer = setTimeout(() => server.closeAllConnections(), FINISH_MS)
          server.close(() => {
            clearTimeout(timer)
            resolve()
          })
          server.closeIdleConnections()
        }),
      () => opened.close(),
      () => recorder.record({ event: 'server.stopped', part: 'gateway' }),
      () => recorder.close(),
      () => Promise.all([client.close(), holdClient.close()]).then(() => undefined),
      () => void admin.close(),
    ],
  })
}

const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (values.config === undefined) {
  process.stderr.write('usage: node gateway/main.ts --config FILE\n')
  process.exit(2)
}
run(values.config).catch((error: unknown) => {
  log.error('start.failed', { error: reasonOf(error) })
  process.exit(error instanceof ConfigError ? 2 : 1)
})
