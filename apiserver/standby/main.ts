import { createKubeClient } from '../../kube/client.ts'
import { clusterConfigOf } from '../../kube/cluster-config.ts'
import { createTlsServer } from '../../server/http/https.ts'
import { reasonOf } from '../../server/log.ts'
import { closeServer } from '../../server/process/close-server.ts'
import { runServer } from '../../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../../server/process/server-definition.ts'
import { pollUntil } from '../hand-over/request-tracker.ts'
import { requestMetrics } from '../metrics.ts'
import { readStandbyConfig, type StandbyConfig } from './config.ts'
import { createStandbyHandler } from './handler.ts'
import { standIn } from './stand-in.ts'

/** Shorter than that of the other servers, as `terminationGracePeriodSeconds` of its Pods is: no response of a standby takes long. */
const STOP_LIMIT_MS = 10_000
/** Longer than that of other servers, and longer still while connections come: kube-apiserver fails a request that finds no listener. */
const STANDBY_DRAIN = { ready: false, ms: 3_000 }
const UNUSED_MS = 2_000
const STILL_USED_MS = 2_000
/** Leaves time of that limit to close what is still open. */
const FINISH_MS = 4_500

async function create({ config, clock, log, registry }: ServerContext<StandbyConfig>): Promise<CreatedServer> {
  const { server } = createTlsServer({ tls: config.tls, handler: createStandbyHandler({ clock, served: requestMetrics(registry) }), log })
  if (config.place === undefined) {
    return {
      port: { server, listen: config.listen },
      checks: [{ name: 'place', ok: () => true }],
      finish: [() => closeServer(server, FINISH_MS)],
      close: [],
      clients: [],
    }
  }
  const client = createKubeClient(await clusterConfigOf(config.kubeconfig, process.env))
  const place = standIn({
    client,
    clock,
    place: config.place,
    serve: (socket) => void server.emit('connection', socket),
    changed: (serving) => log.info(serving ? 'standing-in' : 'standing-by'),
    onError: (error) => log.warn('stand-in.trouble', { error: reasonOf(error) }),
  })
  return {
    port: { server: place.forwarder.server, listen: config.listen },
    checks: [{ name: 'place', ok: () => place.settled() }],
    start: () => place.start(),
    drain: () => STANDBY_DRAIN,
    finish: [
      () => pollUntil(STILL_USED_MS, () => place.forwarder.unusedMs >= UNUSED_MS),
      () => {
        place.stop()
        place.forwarder.server.close()
        place.forwarder.leave([])
      },
      () => pollUntil(FINISH_MS, () => place.forwarder.forwarded === 0),
      // The TLS server has no port of its own here, only connections that the forwarder accepted.
      () => place.forwarder.close(),
      () => server.closeAllConnections(),
    ],
    close: [],
    clients: [client],
  }
}

/**
 * The standby for the apiserver: `node apiserver/standby/main.ts --config FILE`. It forwards connections to the apiserver. While the apiserver
 * is unavailable, it answers discovery and OpenAPI with the same bytes and everything else with 503. Without it, an apiserver that is down
 * would make the group's discovery stale, and then no namespace of the cluster could be deleted.
 */
runServer({
  part: 'apiserver-standby',
  program: 'apiserver/standby/main.ts',
  readConfig: readStandbyConfig,
  create,
  stopLimitMs: STOP_LIMIT_MS,
})
