import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { AccessGrant } from '../domain/api/access-grant.ts'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { Clock } from '../domain/clock.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../kube/cluster-config.ts'
import { createInformer, type Watched } from '../kube/informer.ts'
import { createAdminServer, listen } from '../server/http/admin.ts'
import { createConditionEvaluator } from '../server/conditions/cel.ts'
import { ConfigError } from '../server/config.ts'
import { createTlsServer } from '../server/http/https.ts'
import { releaseStartupMemory } from '../server/process/give-back-memory.ts'
import { createLog, reasonOf } from '../server/log.ts'
import { createMetrics } from '../server/metrics.ts'
import { closeServer, stopOnSignal } from '../server/process/stop.ts'
import { surviveErrors } from '../server/process/survive-errors.ts'
import { createApp } from './app.ts'
import { createClaims } from './grants/claims.ts'
import { readWebhookConfig } from './config.ts'
import { webhookMetrics } from './metrics.ts'
import { createTakenUses } from './grants/taken-uses.ts'
import { createValidator } from './review/validate.ts'
import { createViews, GRANTS_PATH, POLICIES_PATH } from './grants/view.ts'
import { watchLocks } from './configuration/watch-locks.ts'

/** The validating admission webhook: `node webhook/main.ts --config FILE`. Exit code 2 means a usage or configuration error. */
const clock: Clock = { nowMs: () => Date.now() }
const log = createLog({ part: 'webhook', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 15_000
/** Time for endpoints to notice that this pod is no longer ready. Reviews still arrive until then. */
const DRAIN_MS = 1_000
const STALE_SECONDS = 10
const LAST_KNOWN_SECONDS = 600
/** Time limit to receive a request. kube-apiserver sends a review at once and waits at most this long for the answer; slower clients are others. */
const REVIEW_MS = 10_000

async function run(file: string): Promise<void> {
  const config = await readWebhookConfig(file)
  const clientCA = config.clientCAFile === undefined ? undefined : await readFile(config.clientCAFile, 'utf8')
  const client = createKubeClient(
    config.kubeconfig === undefined ? await inClusterConfig(process.env) : await clusterConfigFromKubeconfig(config.kubeconfig),
  )
  const registry = createMetrics()
  const follow = <T extends Watched>(path: string) =>
    createInformer<T>({ client, clock, path, onError: (error) => log.warn('watch.trouble', { path, error: reasonOf(error) }) })
  const policies = follow<AccessPolicy>(POLICIES_PATH)
  const grants = follow<AccessGrant>(GRANTS_PATH)
  const views = createViews({
    client,
    policies,
    grants,
    staleLimitMs: (config.staleSeconds ?? STALE_SECONDS) * 1000,
    lastKnownMs: (config.lastKnownSeconds ?? LAST_KNOWN_SECONDS) * 1000,
    onRead: (error) => metrics.read(error !== undefined),
  })
  const metrics = webhookMetrics(registry, views.staleForMs)
  const where = config.cluster === undefined ? {} : { cluster: config.cluster }

  const claims = clientCA === undefined ? createTakenUses(client) : createClaims(client)
  const validate = createValidator({ views, claims, evaluate: createConditionEvaluator(), clock, ...where })
  const handler = createApp({
    validate,
    reviewed: metrics.reviewed,
    failed: (error, auditID) => {
      if (auditID === undefined) metrics.unreadable()
      log.warn(auditID === undefined ? 'request.unreadable' : 'review.undecided', {
        ...(auditID === undefined ? {} : { auditID }),
        code: error.code,
        error: reasonOf(error.cause ?? error),
      })
    },
  })
  const server = createTlsServer({
    tls: config.tls,
    handler,
    log,
    server: {
      headersTimeout: REVIEW_MS,
      requestTimeout: REVIEW_MS,
      ...(clientCA === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clientCA }),
    },
  })
  const locks = watchLocks({ client, log, report: metrics.lock })
  policies.start()
  grants.start()
  locks.start()

  let ready = true
  const admin = createAdminServer({
    registry,
    ready: [
      { name: 'policies', ok: () => policies.synced() },
      { name: 'grants', ok: () => grants.synced() },
      { name: 'serving', ok: () => ready },
    ],
  })
  const adminPort = await listen(admin, config.admin)
  const port = await listen(server.server, config.listen)
  log.info('started', { port, count: adminPort })
  if (clientCA === undefined) log.warn('callers.unknown', { reason: 'without clientCAFile no use of a grant is taken here' })
  releaseStartupMemory()

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      () => void (ready = false),
      () => new Promise((resolve) => setTimeout(resolve, DRAIN_MS)),
      () => closeServer(server.server),
      () => {
        locks.stop()
        policies.stop()
        grants.stop()
      },
      () => client.close(),
      () => void admin.close(),
    ],
  })
}

surviveErrors(log)
const { values } = parseArgs({ options: { config: { type: 'string' } } })
if (values.config === undefined) {
  process.stderr.write('usage: node webhook/main.ts --config FILE\n')
  process.exit(2)
}
run(values.config).catch((error: unknown) => {
  log.error('start.failed', { error: reasonOf(error) })
  process.exit(error instanceof ConfigError ? 2 : 1)
})
