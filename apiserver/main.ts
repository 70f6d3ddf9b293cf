import { mkdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../kube/cluster-config.ts'
import { createDiscovery } from '../kube/discovery.ts'
import { watchFrontProxyConfig } from '../kube/authentication/front-proxy-config.ts'
import { createObjectTypes } from '../kube/openapi.ts'
import { createAuthorizer } from '../kube/subject-access-review.ts'
import { createTokenReviewer } from '../kube/authentication/token-review.ts'
import { createAdminServer, listen } from '../server/http/admin.ts'
import { ConfigError } from '../server/config.ts'
import { createTlsServer } from '../server/http/https.ts'
import { giveBackMemory } from '../server/process/give-back-memory.ts'
import { createLog, reasonOf } from '../server/log.ts'
import { createMetrics } from '../server/metrics.ts'
import { openRecorder } from '../server/records/recorder.ts'
import { retentionOf } from '../server/records/config.ts'
import { stopOnSignal } from '../server/process/stop.ts'
import { surviveErrors } from '../server/process/survive-errors.ts'
import { compactRegularly } from './compaction.ts'
import { readApiserverConfig } from './config.ts'
import { createKeeper } from './hand-over/keeper.ts'
import { serveLed } from './hand-over/serve-led.ts'
import { underWay, within } from './hand-over/under-way.ts'
import { kindsOf } from './kinds.ts'
import { authenticate } from './machinery/http/front-proxy.ts'
import { createHandler } from './machinery/http/handler.ts'
import { requestMetrics } from './metrics.ts'
import { createDecisionRecording } from './record-decisions.ts'
import { createOwnAdmission } from './resources/own-admission.ts'
import { DEFAULT_RETENTION_SECONDS, sweepRegularly } from './retention.ts'
import { createForwarder } from './standby/forwarder.ts'
import { createMovableStore } from './storage/movable-store.ts'
import { openSqliteStore } from './storage/sqlite.ts'

/** The aggregated API server: `node apiserver/main.ts --config FILE`. Exit code 2: it was started wrongly. */
const clock: Clock = { nowMs: () => Date.now() }
const log = createLog({ part: 'apiserver', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 25_000
/** Endpoints learn within this time that we are no longer ready; until then requests still come. */
const DRAIN_MS = 1_000
/** A busy node takes longer. Where the next process serves by us there is no hurry. */
const LEAD_ON_MS = 6_000
/** Short requests are done within this time. Watches end within two seconds of being told to. */
const FINISH_MS = 15_000
/** What is led to a successor is short by then, but for watches, which their clients take up again. */
const LED_MS = 3_000
/** Connections that are kept alive and in use end within this time, each with an answer. */
const SHED_MS = 1_000
/** A request that takes longer is refused with a 503 when the store moves. */
const QUIET_MS = 1_000
/** Without the front proxy's CA nobody can be served; then it is not our store that is missing. */
const FRONT_PROXY_MS = 10_000

async function run(file: string): Promise<void> {
  const config = await readApiserverConfig(file)
  const dir = dirname(config.storage.sqlite)
  await mkdir(dir, { recursive: true })
  const movable = createMovableStore()
  const { store } = movable
  const recorder = await openRecorder({
    dir: config.recordsDir ?? join(dir, 'records'),
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
  const deps = { store, clock, authorizer, discovery: createDiscovery(client, clock), objectTypes: createObjectTypes(client, clock) }

  const handler = createHandler({
    store,
    clock,
    authorizer,
    admit: createOwnAdmission(store, config.cluster),
    ...kindsOf(deps, config.cluster),
    authenticate: (request) => authenticate(request, frontProxy.current(), reviewToken),
    stopping: () => movable.here(),
    failed: (error, auditID) => log.error('request.failed', { auditID, code: error.code, error: reasonOf(error.cause ?? error) }),
    served: requestMetrics(registry),
  })
  const requests = underWay(handler)
  // The one CA that is trusted here is the front proxy's: with the cluster's own beside it, any client could name any user.
  const server = createTlsServer({
    tls: config.tls,
    handler: requests.listener,
    log,
    server: { requestCert: true, rejectUnauthorized: false, ca: [] },
  })
  const frontProxy = watchFrontProxyConfig({
    client,
    clock,
    onTrouble: (error) => log.warn('front-proxy.trouble', { error: reasonOf(error) }),
    changed: ({ ca }) => server.trust(ca),
  })
  frontProxy.informer.start()

  const decisions = createDecisionRecording({ store, recorder, onTrouble: (error) => log.error('record.delayed', { error: reasonOf(error) }) })
  const keeper = createKeeper({
    dir,
    open: () => openSqliteStore(config.storage.sqlite, clock.nowMs()),
    movable,
    shed: async () => {
      requests.shed(true)
      await sleep(SHED_MS)
    },
    quiet: async () => {
      await requests.answered(QUIET_MS)
      await decisions.stop()
    },
    changed: (state) => {
      if (state === 'holding') decisions.start()
      // What comes on a connection from before is refused, and the next request is to make a new one.
      requests.shed(state !== 'holding')
      if (state !== 'leading') forwarder.leave([])
      log.info(`store.${state}`)
    },
    onTrouble: (error) => log.warn('hand-over.trouble', { error: reasonOf(error) }),
    failed: (error) => {
      log.error('store.lost', { error: reasonOf(error) })
      process.exit(1)
    },
  })
  const serve = (socket: Socket): void => void server.server.emit('connection', socket)
  const forwarder = createForwarder({ targets: () => keeper.targets(), standIn: serve, settled: () => keeper.settled() })
  const led = await serveLed(keeper.serve, serve).catch((error: unknown) => log.warn('hand-over.trouble', { error: reasonOf(error) }))

  let ready = true
  const admin = createAdminServer({
    registry,
    ready: [
      { name: 'front-proxy', ok: () => frontProxy.current() !== undefined },
      // Who leads to its successor serves as well: what comes here is answered.
      { name: 'store', ok: () => keeper.state() !== 'waiting' },
      { name: 'serving', ok: () => ready },
    ],
  })
  const tellFailed = (event: 'compaction.failed' | 'retention.failed') => (error: unknown) => {
    if (keeper.state() === 'holding') log.error(event, { error: reasonOf(error) })
  }
  const compaction = compactRegularly(store, tellFailed('compaction.failed'))
  const retention = sweepRegularly({ store, clock }, config.retentionSeconds ?? DEFAULT_RETENTION_SECONDS, tellFailed('retention.failed'))
  await recorder.record({ event: 'server.started', part: 'apiserver', cluster: config.cluster })
  const adminPort = await listen(admin, config.admin)
  const port = await listen(forwarder.server, config.listen)
  // Another process may have the store, and serves as long as it does: it is asked for when it could be served here.
  await Promise.race([frontProxy.informer.whenSynced(), sleep(FRONT_PROXY_MS)])
  await keeper.start()
  log.info('started', { port, count: adminPort })
  giveBackMemory()

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      async () => {
        requests.shed(true)
        if (keeper.state() === 'leading') return await sleep(LEAD_ON_MS)
        ready = false
        await sleep(DRAIN_MS)
      },
      () => {
        compaction.stop()
        retention.stop()
        frontProxy.informer.stop()
        movable.endWatches()
        forwarder.server.close()
      },
      () => requests.done(FINISH_MS),
      () => within(LED_MS, () => forwarder.led === 0),
      () => decisions.stop(),
      () => keeper.stop(),
      () => forwarder.close(),
      () => void led?.close(),
      () => recorder.record({ event: 'server.stopped', part: 'apiserver' }),
      () => recorder.close(),
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
