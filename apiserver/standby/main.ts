import { parseArgs } from 'node:util'
import type { Clock } from '../../domain/clock.ts'
import { createKubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig, inClusterConfig } from '../../kube/cluster-config.ts'
import { watchFrontProxyConfig } from '../../kube/front-proxy-config.ts'
import { createAuthorizer } from '../../kube/subject-access-review.ts'
import { createTokenReviewer } from '../../kube/token-review.ts'
import { createAdminServer, listen } from '../../server/admin.ts'
import { ConfigError } from '../../server/config.ts'
import { createTlsServer } from '../../server/https.ts'
import { createLog, reasonOf } from '../../server/log.ts'
import { createMetrics } from '../../server/metrics.ts'
import { closeServer, stopOnSignal } from '../../server/stop.ts'
import { surviveErrors } from '../../server/survive-errors.ts'
import { kindsOf } from '../kinds.ts'
import { authenticate } from '../machinery/front-proxy.ts'
import { createHandler } from '../machinery/handler.ts'
import { requestMetrics } from '../metrics.ts'
import { createOwnAdmission } from '../resources/own-admission.ts'
import { absentStore } from './absent-store.ts'
import { readStandbyConfig } from './config.ts'
import { standIn } from './stand-in.ts'

/**
 * Stands in for the apiserver while that is away: `node apiserver/standby/main.ts --config FILE`. It answers discovery and
 * OpenAPI with the same bytes and everything else with a 503. Without it an apiserver that is down would leave the group's
 * discovery stale, and then no namespace of the whole cluster could be deleted. Exit code 2: it was started wrongly.
 */
const clock: Clock = { nowMs: () => Date.now() }
const log = createLog({ part: 'apiserver-standby', clock, write: (line) => void process.stderr.write(line) })
const STOP_LIMIT_MS = 10_000

async function run(file: string): Promise<void> {
  const config = await readStandbyConfig(file)
  const client = createKubeClient(
    config.kubeconfig === undefined ? await inClusterConfig(process.env) : await clusterConfigFromKubeconfig(config.kubeconfig),
  )
  const authorizer = createAuthorizer(client)
  const reviewToken = createTokenReviewer(client, [], clock)
  const registry = createMetrics()
  const stopping = new AbortController()
  const handler = createHandler({
    store: absentStore,
    clock,
    authorizer,
    admit: createOwnAdmission(absentStore),
    ...kindsOf({ store: absentStore, clock, authorizer }),
    authenticate: (request) => authenticate(request, frontProxy.current(), reviewToken),
    stopping: stopping.signal,
    failed: () => undefined, // every answer but discovery is a failure here, and a metric
    served: requestMetrics(registry),
  })
  const server = createTlsServer({ tls: config.tls, handler, log, server: { requestCert: true, rejectUnauthorized: false, ca: [] } })
  const frontProxy = watchFrontProxyConfig({
    client,
    clock,
    onTrouble: (error) => log.warn('front-proxy.trouble', { error: reasonOf(error) }),
    changed: ({ ca }) => server.trust(ca),
  })
  const place = standIn({
    client,
    clock,
    config,
    changed: (serving) => log.info(serving ? 'standing-in' : 'standing-by'),
    onTrouble: (error) => log.warn('stand-in.trouble', { error: reasonOf(error) }),
  })
  frontProxy.informer.start()

  const admin = createAdminServer({
    registry,
    ready: [
      { name: 'front-proxy', ok: () => frontProxy.current() !== undefined },
      { name: 'endpoints', ok: place.synced },
    ],
  })
  const adminPort = await listen(admin, config.admin)
  const port = await listen(server.server, config.listen)
  place.start()
  log.info('started', { port, count: adminPort })

  stopOnSignal({
    log,
    limitMs: STOP_LIMIT_MS,
    exit: (code) => process.exit(code),
    steps: [
      () => {
        place.stop()
        frontProxy.informer.stop()
        stopping.abort()
      },
      () => closeServer(server.server),
      () => client.close(),
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
