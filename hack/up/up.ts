import { readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createKubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import type { NodeKind } from '../cluster/binaries.ts'
import type { Settings } from '../cluster/settings.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import type { Environment } from '../demo/environment.ts'
import { needJava } from '../keycloak/distribution.ts'
import { startIdentityProvider } from '../identity-provider/start-identity-provider.ts'
import { buildImage, type BuiltImage } from '../image/build.ts'
import { LOCAL_IMAGE } from '../image/contents.ts'
import { LOGIN_CLIENTS } from './login/configure.ts'
import { startLoginFront } from './login/front.ts'
import { claimFolder, releaseFolder } from './claim-folder.ts'
import { describe } from './up-file/describe.ts'
import type { Cleanup } from './cleanup.ts'
import type { ConsoleSignIn, UpContext } from './up-context.ts'
import { waitForIssuer } from './wait/wait-for-issuer.ts'
import { createKubectl } from './kubectl.ts'
import { startLocalKeycloak } from './keycloak.ts'
import { layoutOf, type Layout } from './environment-paths.ts'
import { startProcesses, waitForProcesses } from './local/processes.ts'
import type { Servers } from './server-names.ts'
import { deployPods, waitForPods } from './pods/pods.ts'
import type { Say } from './progress.ts'
import { applyPolicy, applySamples } from './samples/samples.ts'
import { keepSimulatedLog } from './samples/simulated-log.ts'
import { startLocalSlack } from './slack.ts'
import { keepUpFile } from './up-file/up-file.ts'
import { waitReady } from './wait/wait-ready.ts'
import { waitToAnswer } from './wait/wait-to-answer.ts'

export type UpOptions = {
  /** Absolute. */
  readonly dir: string
  readonly local: boolean
  readonly samples: boolean
  readonly consoleSignIn: ConsoleSignIn
  /** Starts Keycloak as a second upstream of login, where the console signs people in then. */
  readonly withKeycloak: boolean
  /** Defaults to the best that this machine can run. */
  readonly nodeKind?: NodeKind
  readonly settings: Settings
  readonly imageCache: string
  readonly say: Say
  readonly cleanup: Cleanup
  readonly signal: AbortSignal
}

const ROOT = join(import.meta.dirname, '../..')
const LOCAL_READY_SECONDS = 180

/** Removes what a killed environment may have left in the folder; the cluster removes its own part. */
async function clear({
  upFile,
  slackToken,
  identityProvider,
  kubeconfigs,
  bin,
  records,
  loginRecords,
  data,
  servers,
  keycloak,
}: Layout): Promise<void> {
  for (const path of [upFile, slackToken, identityProvider, kubeconfigs, bin, records, loginRecords, data, servers, keycloak])
    await rm(path, { recursive: true, force: true })
}

/** Boots the identity provider, and then the cluster that accepts its tokens. */
async function createContext({ dir, settings, nodeKind, withKeycloak, say, cleanup, signal, ...options }: UpOptions): Promise<UpContext> {
  const layout = layoutOf(dir)
  await clear(layout)
  cleanup.add('the folder', () => clear(layout))
  const provider = await startIdentityProvider({ dir: layout.identityProvider })
  cleanup.add('the identity provider', () => provider.stop())
  say(`identity provider: ${provider.issuer}`)
  const login = await startLoginFront(join(layout.servers, 'jit-login'))
  cleanup.add('the way to login', () => login.close())
  const starting = withKeycloak ? startLocalKeycloak({ layout, settings, say, cleanup, signal }, login.url) : undefined
  starting?.catch(() => undefined) // awaited below; the first failure is reported first
  const cluster = await startCluster({
    ...settings,
    ...(nodeKind === undefined ? {} : { nodeKind }),
    dir: layout.cluster,
    // Passed at the start: kube-apiserver accepts an issuer that is added later only ten seconds later, after it fetched its keys a second
    // time.
    issuers: [
      { url: provider.issuer, ca: provider.ca, audiences: ['kubernetes'] },
      { url: login.url, ca: login.ca, audiences: [LOGIN_CLIENTS.kubectl] },
    ],
    say: (line) => say(`cluster: ${line.trim()}`),
    signal,
  })
  cleanup.add('the cluster', () => cluster.stop())
  if (cluster.nodeKind === 'real') await provider.listenAlso(cluster.hostIP)
  const client = createKubeClient(await clusterConfigFromKubeconfig(cluster.adminKubeconfig))
  cleanup.add('the client', () => client.close())
  const kubectl = createKubectl({ binDir: cluster.binDir, kubeconfig: cluster.adminKubeconfig })
  const slack = await startLocalSlack({ layout, cluster, cleanup })
  const keycloak = await starting
  const shared = { root: ROOT, layout, cluster, provider, login, slack, client, kubectl, cleanup, say, signal }
  return keycloak === undefined ? { ...shared, consoleSignIn: options.consoleSignIn } : { ...shared, consoleSignIn: 'login', keycloak }
}

/** Starts the servers and waits for them. On failure, prints the status and the end of the log of those that are not ready. */
async function runServers(context: UpContext, image: Promise<BuiltImage> | undefined): Promise<Servers> {
  const servers = image === undefined ? await startProcesses(context) : await deployPods(context, image)
  try {
    if (image !== undefined) await waitForPods(context)
    else {
      await waitForProcesses(servers, { seconds: LOCAL_READY_SECONDS, signal: context.signal })
      await waitReady(context.client, { seconds: LOCAL_READY_SECONDS, signal: context.signal })
    }
  } catch (error) {
    if (!context.signal.aborted) context.say(`the servers are not ready:\n${await servers.trouble()}`)
    throw error
  }
  await context.login.lead(servers.login)
  context.say('apiservice v1.jit.access is available; gateway, apiserver, webhook, console, login and controller are ready')
  return servers
}

/** Starts the servers and, at the same time, applies the samples. The policy comes last, since it needs the aggregated API. */
async function install({ samples, imageCache }: UpOptions, context: UpContext, asPods: boolean): Promise<Servers> {
  const sampling = samples ? applySamples(context) : undefined
  sampling?.catch(() => undefined) // awaited below; the first failure is reported first
  const issuerReady = waitForIssuer(context)
  issuerReady.catch(() => undefined)
  const servers = await runServers(context, asPods ? buildImage({ root: ROOT, cache: imageCache, name: LOCAL_IMAGE }) : undefined)
  await issuerReady
  if (sampling === undefined) return servers
  const password = await sampling
  await applyPolicy(context)
  if (context.cluster.nodeKind === 'kwok') keepSimulatedLog(context, password)
  return servers
}

/** Starts the whole local environment. It is running when this returns; `cleanup` stops it, also after a failure. */
export async function up(options: UpOptions): Promise<Environment> {
  const { dir, cleanup, say } = options
  if (options.withKeycloak) await needJava()
  const { upFile } = layoutOf(dir)
  await claimFolder(dir)
  cleanup.add('the empty folder', async () => {
    await releaseFolder(dir)
    if ((await readdir(dir)).length === 0) await rmdir(dir)
  })
  const context = await createContext(options)
  const asPods = context.cluster.nodeKind === 'real' && !options.local
  if (!asPods && !options.local) say('no node with real containers: the servers run as processes of this machine')
  const servers = await install(options, context, asPods)
  const environment = await describe(context, servers)
  await waitToAnswer(environment, context.signal)
  await keepUpFile({ file: upFile, environment, servers, cleanup, say })
  return environment
}
