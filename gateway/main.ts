import { OBSERVATIONS_PATH } from '../domain/policy/status/gateway-observations.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigFromKubeconfig, clusterConfigOf } from '../kube/cluster-config.ts'
import { reasonOf } from '../server/log.ts'
import { closeServer } from '../server/process/close-server.ts'
import { growHeapFurther } from '../server/process/grow-heap-further.ts'
import { runServer } from '../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../server/process/server-definition.ts'
import { openRecorder } from '../server/records/recorder.ts'
import { retentionOf } from '../server/records/config.ts'
import { readGatewayConfig, type GatewayConfig } from './config.ts'
import { wireLimits } from './wire-limits.ts'
import { recordFilesRemoved } from './metrics.ts'
import { impersonatorOf, createDependencies } from './dependencies.ts'
import { createGatewayServer } from './server.ts'
import { startRecordsThread, type RecordsThread } from './sessions/start-thread.ts'

async function create({ config, clock, log, registry }: ServerContext<GatewayConfig>): Promise<CreatedServer> {
  const own = await clusterConfigOf(config.kubeconfig, process.env)
  const client = createKubeClient(own)
  // One connection for each held operation. hold/pending-limit.ts bounds their number.
  const holdClient = createKubeClient(own, { connections: Infinity })
  const impersonator =
    config.impersonatorKubeconfig === undefined
      ? impersonatorOf(config, own, { client, clock })
      : await clusterConfigFromKubeconfig(config.impersonatorKubeconfig)
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
  const server = createGatewayServer({ tls: config.tls, deps, metrics: opened.metrics, log, wire: wireLimits(config.limits ?? {}) })
  const { recordsDir, sessions } = config
  let records: RecordsThread | undefined
  return {
    port: { server, listen: config.listen },
    checks: [
      ...needed.map(({ name, informer }) => ({ name, ok: () => informer.synced() })),
      { name: 'values', ok: opened.valuesKnown },
      { name: 'credential', ok: opened.canForward },
    ],
    documents: { [OBSERVATIONS_PATH]: opened.observations },
    recorder,
    start: async () => {
      growHeapFurther()
      if (sessions !== undefined) records = await startRecordsThread({ recordsDir, sessions }, log)
    },
    finish: [() => deps.livePermits.shutdown(), () => closeServer(server)],
    close: [() => opened.close(), () => records?.stop() ?? Promise.resolve()],
    clients: [client, holdClient],
  }
}

/** The gateway, the server in the kubeconfigs of agents: `node gateway/main.ts --config FILE`. */
runServer({ part: 'gateway', program: 'gateway/main.ts', readConfig: readGatewayConfig, create })
