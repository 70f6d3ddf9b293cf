import { createKubeClient } from '../kube/client.ts'
import { clusterConfigOf } from '../kube/cluster-config.ts'
import { createTlsServer } from '../server/http/https.ts'
import { reasonOf } from '../server/log.ts'
import { closeServer } from '../server/process/close-server.ts'
import { runServer } from '../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../server/process/server-definition.ts'
import { retentionOf } from '../server/records/config.ts'
import { openRecorder } from '../server/records/recorder.ts'
import type { LoginConfig } from './config/config.ts'
import { readLoginConfig } from './config/read-config.ts'
import { createLogin } from './login.ts'
import { recordFilesRemoved } from './metrics.ts'
import { createMakeUpstream } from './make-upstream.ts'
import { createKubeStore } from './state/kube-store.ts'

/** Browsers open a handful of connections each; all come from one address behind an Ingress. */
const BOUNDS = { connections: 1024, connectionsPerAddress: 1024 }

async function create({ config, clock, log, registry }: ServerContext<LoginConfig>): Promise<CreatedServer> {
  const client = createKubeClient(await clusterConfigOf(config.kubeconfig, process.env))
  const removedFiles = recordFilesRemoved(registry)
  const recorder = await openRecorder({
    dir: config.recordsDir,
    clock,
    onError: (error) => log.error('records.trouble', { error: reasonOf(error) }),
    retention: retentionOf(config.recordsRetention),
    onRemoved: (count) => {
      removedFiles.inc(count)
      log.info('records.removed', { count })
    },
  })
  const makeUpstream = createMakeUpstream(registry)
  const login = await createLogin({ config, store: createKubeStore(client), makeUpstream, clock, log, registry, recorder })
  const { server } = createTlsServer({ tls: config.tls, handler: login.handler, log, bounds: BOUNDS })
  return {
    port: { server, listen: config.listen },
    // An upstream that is down is told to people. Only when nobody can sign in and nothing is exchanged, there is nothing to serve.
    checks: [{ name: 'upstream', ok: () => (config.tokenIssuers ?? []).length > 0 || login.upstreams.some(({ ready }) => ready?.() ?? true) }],
    recorder,
    finish: [() => closeServer(server)],
    close: [() => login.close()],
    clients: [client],
  }
}

/** An OpenID Connect provider in front of the organization's identity provider: `node login/main.ts --config FILE`. */
runServer({ part: 'login', program: 'login/main.ts', readConfig: readLoginConfig, create })
