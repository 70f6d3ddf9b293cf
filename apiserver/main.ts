import { mkdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigOf } from '../kube/cluster-config.ts'
import { createDiscovery } from '../kube/discovery.ts'
import { watchFrontProxyConfig } from '../kube/authentication/front-proxy-config.ts'
import { createClusterReader } from './resources/virtual/cluster-reader.ts'
import { createObjectTypes } from '../kube/openapi.ts'
import { createAuthorizer } from '../kube/subject-access-review.ts'
import { createTokenReviewer } from '../kube/authentication/token-review.ts'
import { createTlsServer } from '../server/http/https.ts'
import { reasonOf } from '../server/log.ts'
import { openRecorder } from '../server/records/recorder.ts'
import { retentionOf } from '../server/records/config.ts'
import { DRAIN, runServer } from '../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../server/process/server-definition.ts'
import { autoApprovalMetrics } from './auto-approval-metrics.ts'
import { breakGlassMetrics } from './break-glass-metrics.ts'
import { compactRegularly } from './compaction.ts'
import { readApiserverConfig, type ApiserverConfig } from './config.ts'
import { createKeeper } from './hand-over/keeper.ts'
import { serveForwarded } from './hand-over/serve-forwarded.ts'
import { trackRequests, pollUntil } from './hand-over/request-tracker.ts'
import { kindsOf } from './kinds.ts'
import { authenticate, createTokenReviews } from './machinery/http/front-proxy.ts'
import { createHandler } from './machinery/http/handler.ts'
import { requestMetrics } from './metrics.ts'
import { relyingPartyOf } from './passkeys-config.ts'
import { createDecisionRecording } from './record-decisions.ts'
import { createOwnAdmission } from './resources/own-admission.ts'
import { DEFAULT_RETENTION_SECONDS, sweepRegularly } from './retention.ts'
import { createGateways } from './sessions/gateways.ts'
import { sessionMetrics } from './sessions/metrics.ts'
import { createSessions } from './sessions/sessions.ts'
import { createForwarder } from './standby/forwarder.ts'
import { createMovableStore } from './storage/movable-store.ts'
import { openThreadedStore } from './storage/thread/threaded-store.ts'

/**
 * How to drain while connections are forwarded to a successor: ready, since the successor answers them, and for longer, since a busy node is
 * slow and nothing is lost by waiting.
 */
const FORWARDING_DRAIN = { ready: true, ms: 6_000 }
/**
 * A connection that finds no listener fails a request of a client, also discovery. While some still come, endpoints have not observed the drain, and it
 * lasts longer.
 */
const UNUSED_MS = 2_000
const STILL_USED_MS = 3_000
/** Time for short requests to finish. Watches end within two seconds after the stop signal. */
const FINISH_MS = 10_000
/** Time for connections that are forwarded to a successor. Only watches last longer, and their clients resume them. kube-apiserver waits as long for discovery. */
const FORWARDED_MS = 5_000
/** Time for busy keep-alive connections to close. Each closes after a response. */
const SHED_MS = 1_000
/** Time for requests to finish before the store moves. Longer ones get a 503. */
const QUIET_MS = 1_000

async function create({ config, clock, log, registry, fail }: ServerContext<ApiserverConfig>): Promise<CreatedServer> {
  const dir = dirname(config.storage.sqlite)
  await mkdir(dir, { recursive: true })
  const movable = createMovableStore()
  const { store } = movable
  const recorder = await openRecorder({
    dir: config.recordsDir ?? join(dir, 'records'),
    clock,
    retention: retentionOf(config.recordsRetention),
    onError: (error) => log.error('records.trouble', { error: reasonOf(error) }),
  })
  const client = createKubeClient(await clusterConfigOf(config.kubeconfig, process.env))
  const authorizer = createAuthorizer(client)
  const reviews = createTokenReviews(createTokenReviewer(client, [], clock))
  const gateways = config.gateways === undefined ? undefined : createGateways(config.gateways)
  const deps = {
    store,
    clock,
    authorizer,
    discovery: createDiscovery(client, clock),
    objectTypes: createObjectTypes(client, clock),
    autoApproved: autoApprovalMetrics(registry),
    impactReader: () => createClusterReader(client),
    sessions: { sessions: createSessions(gateways, sessionMetrics(registry)), recorder },
    ...relyingPartyOf(config.passkeys),
  }

  const handler = createHandler({
    store,
    clock,
    authorizer,
    admit: createOwnAdmission(store, config.cluster),
    ...kindsOf(deps, config.cluster),
    authenticate: (request) => authenticate(request, frontProxy.current(), reviews),
    stopping: () => movable.here(),
    failed: (error, auditID) => log.error('request.failed', { auditID, code: error.code, error: reasonOf(error.cause ?? error) }),
    served: requestMetrics(registry),
  })
  const requests = trackRequests(handler)
  // Trusts only the front proxy's CA. With the cluster's own CA as well, any client with a certificate could act as any user.
  const server = createTlsServer({
    tls: config.tls,
    handler: requests.listener,
    log,
    server: { requestCert: true, rejectUnauthorized: false, ca: [] },
  })
  const trusting = Promise.withResolvers<void>()
  const frontProxy = watchFrontProxyConfig({
    client,
    clock,
    onError: (error) => log.warn('front-proxy.trouble', { error: reasonOf(error) }),
    changed: ({ ca }) => {
      server.trust(ca)
      trusting.resolve()
    },
  })
  frontProxy.informer.start()

  const { counting } = breakGlassMetrics(registry, { store, nowMs: () => clock.nowMs() })
  const decisions = createDecisionRecording({
    store,
    recorder: counting(recorder),
    onError: (error) => log.error('record.delayed', { error: reasonOf(error) }),
  })
  const keeper = createKeeper({
    dir,
    open: () => openThreadedStore(config.storage.sqlite, clock.nowMs(), { failed: (error) => fail('store.lost', error) }),
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
      // Requests on old connections are refused here, so each response closes its connection and the next request opens a new one.
      requests.shed(state !== 'holding')
      if (state !== 'leading') forwarder.leave([])
      log.info(`store.${state}`)
    },
    onError: (error) => log.warn('hand-over.trouble', { error: reasonOf(error) }),
    failed: (error) => fail('store.lost', error),
  })
  const serve = (socket: Socket): void => void server.server.emit('connection', socket)
  const forwarder = createForwarder({ targets: () => keeper.targets(), standIn: serve, settled: () => keeper.settled() })
  const forwarded = await serveForwarded(keeper.serve, serve).catch((error: unknown) => log.warn('hand-over.trouble', { error: reasonOf(error) }))

  const logFailed = (event: 'compaction.failed' | 'retention.failed') => (error: unknown) => {
    if (keeper.state() === 'holding') log.error(event, { error: reasonOf(error) })
  }
  const compaction = compactRegularly(store, logFailed('compaction.failed'))
  const retention = sweepRegularly({ store, clock }, config.retentionSeconds ?? DEFAULT_RETENTION_SECONDS, logFailed('retention.failed'))
  return {
    port: { server: forwarder.server, listen: config.listen },
    checks: [
      { name: 'front-proxy', ok: () => frontProxy.current() !== undefined },
      // Also ready while forwarding to a successor, which answers the requests.
      { name: 'store', ok: () => keeper.state() !== 'waiting' },
    ],
    recorder,
    start: async () => {
      // Another process may hold the store and serve from it. Without the CA of the front proxy this one would refuse every request, so it waits.
      await trusting.promise
      await keeper.start()
    },
    drain: () => {
      requests.shed(true)
      return keeper.state() === 'leading' ? FORWARDING_DRAIN : DRAIN
    },
    finish: [
      () => pollUntil(STILL_USED_MS, () => forwarder.unusedMs >= UNUSED_MS),
      () => {
        compaction.stop()
        retention.stop()
        frontProxy.informer.stop()
        movable.endWatches()
        forwarder.server.close()
      },
      () => requests.done(FINISH_MS),
      () => pollUntil(FORWARDED_MS, () => forwarder.forwarded === 0),
    ],
    close: [
      () => decisions.stop(),
      () => keeper.stop(),
      () => forwarder.close(),
      () => void forwarded?.close(),
      () => gateways?.close() ?? Promise.resolve(),
    ],
    clients: [client],
  }
}

// The CEL library reads the hours of another time zone through the zone of this process, wrongly around its own daylight saving. UTC has none.
process.env['TZ'] = 'UTC'

/** The aggregated API server: `node apiserver/main.ts --config FILE`. */
runServer({ part: 'apiserver', program: 'apiserver/main.ts', readConfig: readApiserverConfig, create })
