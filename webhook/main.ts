import { GRANTS_PATH, POLICIES_PATH, SUSPENSIONS_PATH } from '../domain/api/names.ts'
import { readFile } from 'node:fs/promises'
import type { AccessGrant } from '../domain/api/access-grant.ts'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { AccessSuspension } from '../domain/api/access-suspension.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigOf } from '../kube/cluster-config.ts'
import { createInformer, type Watched } from '../kube/informer.ts'
import { createConditionEvaluator } from '../server/conditions/cel.ts'
import { createTlsServer } from '../server/http/https.ts'
import { reasonOf } from '../server/log.ts'
import { closeServer } from '../server/process/close-server.ts'
import { runServer } from '../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../server/process/server-definition.ts'
import { createApp } from './app.ts'
import { createClaims } from './grants/claims.ts'
import { readWebhookConfig, type WebhookConfig } from './config.ts'
import { webhookMetrics } from './metrics.ts'
import { createTakenUses } from './grants/taken-uses.ts'
import { createValidator } from './review/validate.ts'
import { createViews } from './grants/view.ts'
import { watchLocks } from './configuration/watch-locks.ts'

const STALE_SECONDS = 10
const LAST_KNOWN_SECONDS = 600
/** Time limit to receive a request. kube-apiserver sends a review at once and waits at most this long for the answer; slower clients are others. */
const REVIEW_MS = 10_000

async function create({ config, clock, log, registry }: ServerContext<WebhookConfig>): Promise<CreatedServer> {
  const clientCA = config.clientCAFile === undefined ? undefined : await readFile(config.clientCAFile, 'utf8')
  const client = createKubeClient(await clusterConfigOf(config.kubeconfig, process.env))
  const follow = <T extends Watched>(path: string) =>
    createInformer<T>({ client, clock, path, onError: (error) => log.warn('watch.trouble', { path, error: reasonOf(error) }) })
  const policies = follow<AccessPolicy>(POLICIES_PATH)
  const grants = follow<AccessGrant>(GRANTS_PATH)
  const suspensions = follow<AccessSuspension>(SUSPENSIONS_PATH)
  const informers = [policies, grants, suspensions]
  const views = createViews({
    client,
    policies,
    grants,
    suspensions,
    staleLimitMs: (config.staleSeconds ?? STALE_SECONDS) * 1000,
    lastKnownMs: (config.lastKnownSeconds ?? LAST_KNOWN_SECONDS) * 1000,
    onRead: (error) => metrics.read(error !== undefined),
  })
  const metrics = webhookMetrics(registry, views)
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
  const { server } = createTlsServer({
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
  for (const informer of informers) informer.start()
  locks.start()

  return {
    port: { server, listen: config.listen },
    checks: [
      { name: 'policies', ok: () => policies.synced() },
      { name: 'grants', ok: () => grants.synced() },
      { name: 'suspensions', ok: () => suspensions.synced() },
    ],
    start: () => {
      if (clientCA === undefined) log.warn('callers.unknown', { reason: 'without clientCAFile no use of a grant is taken here' })
    },
    finish: [() => closeServer(server)],
    close: [
      () => {
        locks.stop()
        for (const informer of informers) informer.stop()
      },
    ],
    clients: [client],
  }
}

/** The validating admission webhook: `node webhook/main.ts --config FILE`. */
runServer({ part: 'webhook', program: 'webhook/main.ts', readConfig: readWebhookConfig, create })
