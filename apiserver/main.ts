import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../kube/cluster-config.ts'
import { createDiscovery } from '../kube/discovery.ts'
import { watchFrontProxyConfig } from '../kube/front-proxy-config.ts'
import { createAuthorizer } from '../kube/subject-access-review.ts'
import { createTokenReviewer } from '../kube/token-review.ts'
import { createAdminServer, listen } from '../server/admin.ts'
import { ConfigError } from '../server/config.ts'
import { createTlsServer } from '../server/https.ts'
import { giveBackMemory } from '../server/give-back-memory.ts'
import { createLog, reasonOf } from '../server/log.ts'
import { createMetrics } from '../server/metrics.ts'
import { openRecorder } from '../server/recorder.ts'
import { retentionOf } from '../server/records-config.ts'
import { closeServer, stopOnSignal } from '../server/stop.ts'
import { surviveErrors } from '../server/survive-errors.ts'
import { compactRegularly } from './compaction.ts'
import { readApiserverConfig } from './config.ts'
import { kindsOf } from './kinds.ts'
import { authenticate } from './machinery/front-proxy.ts'
import { createHandler } from './machinery/handler.ts'
import { requestMetrics } from './metrics.ts'
import { recordContinually } from './record-decisions.ts'
import { createOwnAdmission } from './resources/own-admission.ts'
import { DEFAULT_RETENTION_SECONDS, sweepRegularly } from './retention.ts'
import { openSqliteStore } from './storage/sqlite.ts'

/** The aggregated API server: `node apiserver/main.ts --config FILE`. Exit code 2: it was started wrongly. */
const clock: Clock = { nowMs: () => Date.now() }
const log = createLog({ part: 'apiserver', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 25_000
/** Endpoints learn within this time that we are no longer ready; until then requests still come. */
const DRAIN_MS = 1_000

async function run(file: string): Promise<void> {
  const config = await readApiserverConfig(file)
  await mkdir(dirname(config.storage.sqlite), { recursive: true })
  const store = openSqliteStore(config.storage.sqlite, clock.nowMs())
  const recorder = await openRecorder({
    dir: config.recordsDir ?? join(dirname(config.storage.sqlite), 'records'),
    clock,
    retention: retentionOf(config.recordsRetention),
    onTrouble: (error) => log.error('records.trouble', { error: reasonOf(error) }),
  })
  const client = createKubeClient(
    config.kubeconfig === undefined ? await inClusterConfig(process.env) : await clusterConfigFromKubeconfig(config.kubeconfig),
  )
  const authorizer = createAuthorizer(client)
  const reviewToken = createTokenReviewer(client, [], clock)
  const registry = createMetrics()
  const stopping = new AbortController()
  const doors = { store, clock, authorizer, discovery: createDiscovery(client, clock) }

  const handler = createHandler({
    store,
    clock,
    authorizer,
    admit: createOwnAdmission(store, config.cluster),
    ...kindsOf(doors, config.cluster),
    authenticate: (request) => authenticate(request, frontProxy.current(), reviewToken),
    stopping: stopping.signal,
    failed: (error, auditID) => log.error('request.failed', { auditID, code: error.code, error: reasonOf(error.cause ?? error) }),
    served: requestMetrics(registry),
  })
  // The one CA that is trusted here is the front proxy's: with the cluster's own beside it, any client could name any user.
  const server = createTlsServer({ tls: config.tls, handler, log, server: { requestCert: true, rejectUnauthorized: false, ca: [] } })
  const frontProxy = watchFrontProxyConfig({
    client,
    clock,
    onTrouble: (error) => log.warn('front-proxy.trouble', { error: reasonOf(error) }),
    changed: ({ ca }) => server.trust(ca),
  })
  frontProxy.informer.start()

  let ready = true
  const admin = createAdminServer({
    registry,
    ready: [
      { name: 'front-proxy', ok: () => frontProxy.current() !== undefined },
      { name: 'serving', ok: () => ready },
    ],
  })
  const compaction = compactRegularly(store, (error) => log.error('compaction.failed', { error: reasonOf(error) }))
  const retention = sweepRegularly({ store, clock }, config.retentionSeconds ?? DEFAULT_RETENTION_SECONDS, (error) =>
    log.error('retention.failed', { error: reasonOf(error) }),
  )
  await recorder.record({ event: 'server.started', part: 'apiserver', cluster: config.cluster })
  const recording = await recordContinually({ store, recorder, onTrouble: (error) => log.error('record.delayed', { error: reasonOf(error) }) })
  const adminPort = await listen(admin, config.admin)
  const port = await listen(server.server, config.listen)
  log.info('started', { port, count: adminPort })
  giveBackMemory()

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      () => void (ready = false),
      () => new Promise((resolve) => setTimeout(resolve, DRAIN_MS)),
      () => {
        compaction.stop()
        retention.stop()
        frontProxy.informer.stop()
        stopping.abort()
      },
      () => closeServer(server.server),
      () => recording.stop(),
      () => recorder.record({ event: 'server.stopped', part: 'apiserver' }),
      () => recorder.close(),
      () => store.close(),
      () => void admin.close(),
    ],
  })
}

surviveErrors(log)
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (values.config === undefined) {
  process.stderr.write('usage: node apiserver/main.ts --config FILE\n')
  process.exit(2)
}
run(values.config).catch((error: unknown) => {
  log.error('start.failed', { error: reasonOf(error) })
  process.exit(error instanceof ConfigError ? 2 : 1)
})
