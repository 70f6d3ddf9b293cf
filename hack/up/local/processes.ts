import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createComponent, type Component } from '../../cluster/component.ts'
import type { Ground } from '../ground.ts'
import { apply } from '../kubectl.ts'
import { PARTS, type Part, type Servers } from '../parts.ts'
import { account, choosePorts, configure, PROGRAMS, type Ports, type Program } from './configure.ts'
import { configOf, forProcesses, readDocuments, type Document } from './documents.ts'
import { leadToWhoServes } from './stand-in.ts'
import { supervise } from './supervise.ts'
import { run } from '../../cluster/build/run.ts'
import { CONTENTS } from '../../image/contents.ts'

/** Runs the bootstrap program with the permissions of its Job. */
async function makeCertificates(ground: Ground, documents: readonly Document[]): Promise<void> {
  const kubeconfig = await account(ground, 'jit-certificates')
  const config = join(ground.layout.servers, 'jit-certificates/config.yaml')
  await writeFile(config, configOf(documents, 'jit-certificates'))
  await run(process.execPath, [join(ground.root, 'certificates/main.ts'), '--config', config, '--kubeconfig', kubeconfig])
}

/** The folder of a program's main.ts. */
const folderOf = (program: Program): string => (program === 'apiserver-standby' ? 'apiserver/standby' : program)

function start(ground: Ground, part: Program, config: string): Component {
  const component = createComponent(
    {
      name: `jit-${part}`,
      command: process.execPath,
      args: [...CONTENTS.entrypoint.slice(1), join(ground.root, folderOf(part), 'main.ts'), '--config', config],
      dir: ground.layout.servers,
    },
    process.platform === 'linux',
  )
  component.start()
  ground.endings.add(`the ${part}`, () => component.kill())
  return component
}

async function leadApi({ cluster, endings }: Ground, { api, apiserver, 'apiserver-standby': standby }: Ports): Promise<void> {
  const host = '127.0.0.1'
  const leading = await leadToWhoServes({
    on: { host: cluster.routing === 'on' ? cluster.hostIP : host, port: api },
    primary: { host, port: apiserver.data },
    standby: { host, port: standby.data },
    readyUrl: `http://${host}:${apiserver.admin}/readyz`,
  })
  endings.add('the way to the aggregated API', () => leading.stop())
}

/** Starts the servers as processes on this machine, with tokens of the same ServiceAccounts. */
export async function startProcesses(ground: Ground): Promise<Servers> {
  const { kubectl, cluster, root, layout, endings, say } = ground
  for (const folder of [layout.records, layout.data, layout.servers]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const ports = await choosePorts()
  const documents = readDocuments(await kubectl(['kustomize', join(root, 'kustomize/overlays/local')]))
  const backends = {
    ports: { gateway: ports.gateway.data, apiserver: ports.api, webhook: ports.webhook.data },
    ...(cluster.routing === 'on' ? { hostIP: cluster.hostIP } : {}),
  }
  await apply(kubectl, forProcesses(documents, backends))
  say('applied kustomize/overlays/local without its pods')
  await makeCertificates(ground, documents)
  const components = new Map<Program, Component>()
  for (const program of PROGRAMS) components.set(program, start(ground, program, await configure(ground, program, { documents, ports })))
  await leadApi(ground, ports)
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

/** Waits until every process reports ready. @throws Error that names those that do not, after `seconds` */
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
