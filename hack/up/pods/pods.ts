import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInformer, type Watched } from '../../../kube/informer.ts'
import type { BuiltImage } from '../../image/build.ts'
import { installConsole } from '../console.ts'
import type { UpContext } from '../up-context.ts'
import { issuerYaml, loginIssuerYaml } from '../issuer-yaml.ts'
import { apply } from '../kubectl.ts'
import { registerLogin } from '../login/configure.ts'
import { LOGIN_SERVICE_IP } from '../login/front.ts'
import { applyLoginSecrets, installLogin } from '../login/install.ts'
import { PARTS, SERVERS, type Part, type Server, type Servers } from '../server-names.ts'
import { startRelay } from './tcp-relay.ts'
import { leadToSlack } from '../slack.ts'
import { overlayOf } from './overlay.ts'
import { makeVolumes } from './make-volumes.ts'
import { waitReady } from '../wait/wait-ready.ts'
import { whyNotReady } from './why-not-ready.ts'

const READY_SECONDS = 300

type Service = { readonly spec: { readonly ports: readonly { readonly nodePort?: number }[] } }
type Pods = { readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[] }

const configMap = (name: string, data: { readonly [key: string]: string }): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'jit-system' },
  data,
})

async function nodePort({ client }: UpContext, service: string): Promise<number> {
  const { spec } = await client.json<Service>({ method: 'GET', path: `/api/v1/namespaces/jit-system/services/${service}` })
  const port = spec.ports[0]?.nodePort
  if (port === undefined) throw new Error(`service ${service} has no NodePort`)
  return port
}

const metricsUrl = async (context: UpContext, server: Server): Promise<string> =>
  `http://${context.cluster.nodeIP}:${await nodePort(context, `jit-${server}-admin`)}/metrics`

async function reach(context: UpContext, part: Part): Promise<{ readonly url: string; readonly metricsUrl: string }> {
  const { nodeIP } = context.cluster
  if (part === 'login') return { url: context.login.url, metricsUrl: await metricsUrl(context, part) }
  const target = { host: nodeIP, port: await nodePort(context, `jit-${part}`) }
  const relay = await startRelay(() => target)
  context.cleanup.add(`the relay to ${part}`, () => relay.close())
  return { url: `https://localhost:${relay.port}`, metricsUrl: await metricsUrl(context, part) }
}

async function podOf({ client }: UpContext, part: Server): Promise<string> {
  const { items } = await client.json<Pods>({
    method: 'GET',
    path: '/api/v1/namespaces/jit-system/pods',
    query: { labelSelector: `app.kubernetes.io/name=jit-${part}` },
  })
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)
  return pod === undefined ? '' : `jit-system/${pod.metadata.name}`
}

/** Calls back when a pod of ours is added, changes or is deleted. */
function watchPods({ client, cleanup }: UpContext, listener: () => void): void {
  const clock = { nowMs: () => Date.now() }
  const pods = createInformer<Watched>({ client, clock, path: '/api/v1/namespaces/jit-system/pods', onError: () => undefined }) // it retries
  pods.subscribe(listener)
  pods.start()
  cleanup.add('the watch of pods', () => pods.stop())
}

/**
 * Installs the servers as a user would, with `kubectl apply -k kustomize/overlays/local`. Returns once it is applied, before they are
 * ready.
 */
export async function deployPods(context: UpContext, image: Promise<BuiltImage>): Promise<Servers> {
  const { kubectl, cluster, provider, root, layout, say } = context
  const importing = image.then(async (built) => {
    say(`image ${built.name} ${built.cached ? 'unchanged' : `built in ${built.seconds.toFixed(1)} s`}`)
    await cluster.importImage(built.file)
    say('image is in the node')
  })
  importing.catch(() => undefined) // awaited below; the first failure is reported first
  await kubectl(['apply', '-f', join(root, 'kustomize/base/namespace.yaml')])
  await makeVolumes(kubectl, layout)
  const jwksURL = `https://${cluster.hostIP}:${provider.port}/jwks`
  await apply(kubectl, [
    configMap('gateway-issuers', {
      'dev.yaml': issuerYaml({ issuer: provider.issuer, ca: provider.ca, jwksURL }),
      'login.yaml': loginIssuerYaml(context.login, `https://${LOGIN_SERVICE_IP}/jwks`),
    }),
    configMap('webhook-client-ca', { 'ca.crt': await readFile(cluster.webhookClientCAFile, 'utf8') }),
  ])
  await applyLoginSecrets(context)
  registerLogin(context)
  await importing
  const overlay = overlayOf(context)
  await kubectl(['apply', '-k', join(root, overlay)])
  say(`kubectl apply -k ${overlay}`)
  await leadToSlack(context)
  const reached = Object.fromEntries(await Promise.all(PARTS.map(async (part) => [part, await reach(context, part)]))) as Servers['reached']
  await installConsole(context, reached.console.url)
  await installLogin(context, reached.console.url)
  return {
    login: { host: cluster.nodeIP, port: await nodePort(context, 'jit-login') },
    reached: { ...reached, controller: { metricsUrl: await metricsUrl(context, 'controller') } },
    processes: async () =>
      Object.fromEntries(await Promise.all(SERVERS.map(async (server) => [server, await podOf(context, server)]))) as { [server in Server]: string },
    onChange: (listener) => watchPods(context, listener),
    trouble: () => whyNotReady(kubectl),
  }
}

export const waitForPods = ({ client, signal }: UpContext): Promise<void> => waitReady(client, { seconds: READY_SECONDS, signal })
