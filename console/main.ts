import { createKubeClient } from '../kube/client.ts'
import { clusterConfigOf } from '../kube/cluster-config.ts'
import { createTlsServer } from '../server/http/https.ts'
import { closeServer } from '../server/process/close-server.ts'
import { runServer } from '../server/process/run-server.ts'
import type { CreatedServer, ServerContext } from '../server/process/server-definition.ts'
import { readConsoleConfig, type ConsoleConfig } from './config.ts'
import { createApp } from './http/app.ts'
import { MAX_STREAMS } from './live/live-inbox.ts'
import { consoleMetrics } from './metrics.ts'
import { reloadingKeys } from './session/reload-keys.ts'
import { createProvider } from '../server/oidc/provider-client.ts'
import { createSignIn } from './sign-in/sign-in.ts'
import { createSignOut } from './sign-in/sign-out.ts'

const IDLE_SECONDS = 900
const LIFETIME_SECONDS = 14_400
/** Connections for pages, besides those of streams. */
const CONNECTIONS = 64
/** Browsers open a handful of connections each; all come from one address behind an Ingress. */
const BOUNDS = { connections: 1024, connectionsPerAddress: 1024 }

async function create({ config, clock, log, registry }: ServerContext<ConsoleConfig>): Promise<CreatedServer> {
  const { sessions, url } = config
  const stopping = new AbortController()
  const client = createKubeClient(await clusterConfigOf(config.kubeconfig, process.env), { connections: MAX_STREAMS + CONNECTIONS })
  const keys = await reloadingKeys(sessions.keysFile, log)
  const provider = await createProvider(config.signIn, clock)
  const handler = createApp({
    url,
    client,
    signIn: createSignIn({ config: config.signIn, url, provider, keys: keys.current, clock }),
    signOut: createSignOut({ config: config.signIn, url, provider, keys: keys.current, clock, log }),
    keys: keys.current,
    limits: {
      idleMs: (sessions.idleSeconds ?? IDLE_SECONDS) * 1000,
      lifetimeMs: (sessions.lifetimeSeconds ?? LIFETIME_SECONDS) * 1000,
      recheckMs: sessions.recheckSeconds === undefined ? undefined : sessions.recheckSeconds * 1000,
    },
    clock,
    log,
    metrics: consoleMetrics(registry),
    ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
    stopping: stopping.signal,
  })
  const { server } = createTlsServer({ tls: config.tls, handler, log, bounds: BOUNDS })
  return {
    port: { server, listen: config.listen },
    checks: [],
    finish: [() => stopping.abort(), () => closeServer(server)],
    close: [() => keys.stop(), () => provider.close()],
    clients: [client],
  }
}

/** The console, the web pages of approvers: `node console/main.ts --config FILE`. */
runServer({ part: 'console', program: 'console/main.ts', readConfig: readConsoleConfig, create })
