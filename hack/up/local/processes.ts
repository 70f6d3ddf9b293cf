import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { createComponent, type Component } from '../../cluster/component.ts'
import type { Ground } from '../ground.ts'
import { issuerYaml } from '../issuer.ts'
import { apply } from '../kubectl.ts'
import { PARTS, type Part, type Servers } from '../parts.ts'
import { configOf, forProcesses, readDocuments, type Document } from './documents.ts'
import { freePorts } from './free-port.ts'
import { createAccount } from './service-account.ts'
import { supervise } from './supervise.ts'
import { run } from '../../cluster/build/run.ts'

type Ports = { readonly [part in Part]: { readonly data: number; readonly admin: number } }

async function choosePorts(): Promise<Ports> {
  const ports = await freePorts(PARTS.length * 2)
  const entries = PARTS.map((part, index) => [part, { data: ports[2 * index] ?? 0, admin: ports[2 * index + 1] ?? 0 }] as const)
  return Object.fromEntries(entries) as { [part in Part]: { data: number; admin: number } }
}

async function account(ground: Ground, name: string): Promise<string> {
  const { client, cluster, layout, endings, say } = ground
  const made = await createAccount({
    client,
    name,
    dir: join(layout.servers, name),
    cluster: { server: cluster.url, caFile: cluster.caFile },
    onTrouble: (error) => say(`the token of ${name} is not renewed: ${String(error)}`),
  })
  endings.add(`the token of ${name}`, () => made.stop())
  return made.kubeconfig
}

/** Runs the bootstrap program with the rights that its Job would have. */
async function makeCertificates(ground: Ground, documents: readonly Document[]): Promise<void> {
  const kubeconfig = await account(ground, 'jit-certificates')
  const config = join(ground.layout.servers, 'jit-certificates/config.yaml')
  await writeFile(config, configOf(documents, 'jit-certificates'))
  await run(process.execPath, [join(ground.root, 'cli/bootstrap-certificates/main.ts'), '--config', config, '--kubeconfig', kubeconfig])
}

async function writeTls({ client }: Ground, part: Part, dir: string): Promise<{ readonly certFile: string; readonly keyFile: string }> {
  const { data } = await client.json<{ readonly data: { readonly [key: string]: string } }>({
    method: 'GET',
    path: `/api/v1/namespaces/jit-system/secrets/jit-${part}-tls`,
  })
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const key of ['tls.crt', 'tls.key'] as const) await writeFile(join(dir, key), Buffer.from(data[key] ?? '', 'base64'), { mode: 0o600 })
  return { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
}

/** The overlay's configuration of a part, with the paths and ports of this machine in it. */
async function configure(ground: Ground, part: Part, given: { readonly documents: readonly Document[]; readonly ports: Ports }): Promise<string> {
  const { layout, cluster, provider } = ground
  const dir = join(layout.servers, `jit-${part}`)
  const kubeconfig = await account(ground, `jit-${part}`)
  const { data, admin } = given.ports[part]
  // With a real node kube-apiserver may not dial a loopback address; it listens on every address itself.
  const address = cluster.nodeKind === 'real' ? '0.0.0.0' : '127.0.0.1'
  const shared = {
    listen: { address, port: data },
    admin: { address: '127.0.0.1', port: admin },
    tls: await writeTls(ground, part, join(dir, 'tls')),
    kubeconfig,
  }
  const issuersDir = join(dir, 'issuers')
  const own: { readonly [name in Part]: object } = {
    gateway: { recordsDir: layout.records, issuersDir },
    apiserver: { storage: { sqlite: join(layout.data, 'jit-access.db') } },
    webhook: { clientCAFile: cluster.webhookClientCAFile },
  }
  if (part === 'gateway') {
    await mkdir(issuersDir, { recursive: true })
    const jwksURL = `${provider.issuer}/jwks`
    await writeFile(join(issuersDir, 'dev.yaml'), issuerYaml({ issuer: provider.issuer, ca: provider.ca, jwksURL }))
  }
  const config = parse(configOf(given.documents, `jit-${part}`)) as object
  const file = join(dir, 'config.yaml')
  await writeFile(file, stringify({ ...config, ...shared, ...own[part] }))
  return file
}

function start(ground: Ground, part: Part, config: string): Component {
  const component = createComponent(
    {
      name: `jit-${part}`,
      command: process.execPath,
      args: ['--disable-sigusr1', join(ground.root, part, 'main.ts'), '--config', config],
      dir: ground.layout.servers,
    },
    process.platform === 'linux',
  )
  component.start()
  ground.endings.add(`the ${part}`, () => component.kill())
  return component
}

/** The same servers as processes of this machine, with the tokens of the same ServiceAccounts. */
export async function startProcesses(ground: Ground): Promise<Servers> {
  const { kubectl, cluster, root, layout, endings, say } = ground
  for (const folder of [layout.records, layout.data, layout.servers]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const ports = await choosePorts()
  const documents = readDocuments(await kubectl(['kustomize', join(root, 'kustomize/overlays/local')]))
  const backends = {
    ports: { gateway: ports.gateway.data, apiserver: ports.apiserver.data, webhook: ports.webhook.data },
    ...(cluster.routing === 'on' ? { hostIP: cluster.hostIP } : {}),
  }
  await apply(kubectl, forProcesses(documents, backends))
  say('applied kustomize/overlays/local without its pods')
  await makeCertificates(ground, documents)
  const components = new Map<Part, Component>()
  for (const part of PARTS) components.set(part, start(ground, part, await configure(ground, part, { documents, ports })))
  const listeners = new Set<() => void>()
  const supervisor = supervise({
    components: [...components.values()],
    nowMs: () => performance.now(),
    restarted: (name, why) => {
      say(`${name} was started again: ${why}`)
      for (const listener of listeners) listener()
    },
  })
  endings.add('the supervision', () => supervisor.stop())
  say('gateway, apiserver and webhook run as processes of this machine')
  const reached = (part: Part) => ({ url: `https://localhost:${ports[part].data}`, metricsUrl: `http://127.0.0.1:${ports[part].admin}/metrics` })
  const pid = (part: Part): number => components.get(part)?.pid() ?? 0
  return {
    reached: { gateway: reached('gateway'), apiserver: reached('apiserver'), webhook: reached('webhook') },
    processes: () => Promise.resolve({ gateway: pid('gateway'), apiserver: pid('apiserver'), webhook: pid('webhook') }),
    onChange: (listener) => void listeners.add(listener),
    trouble: async () => {
      const ends = await Promise.all(
        PARTS.map(
          async (part) => `--- the log of ${part}\n${(await readFile(join(layout.servers, `jit-${part}.log`), 'utf8').catch(() => '')).slice(-1500)}`,
        ),
      )
      return ends.join('\n')
    },
  }
}

/** Whether every process says that it is ready. @throws Error that says which does not, after `seconds` */
export async function waitForProcesses(servers: Servers, options: { readonly seconds: number; readonly signal: AbortSignal }): Promise<void> {
  const until = performance.now() + options.seconds * 1000
  for (;;) {
    options.signal.throwIfAborted()
    const ready = await Promise.all(
      PARTS.map((part) =>
        fetch(servers.reached[part].metricsUrl.replace('/metrics', '/readyz')).then(
          (response) => response.ok,
          () => false,
        ),
      ),
    )
    const waiting = PARTS.filter((_, index) => ready[index] !== true)
    if (waiting.length === 0) return
    if (performance.now() > until) throw new Error(`not ready within ${options.seconds} s: ${waiting.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
