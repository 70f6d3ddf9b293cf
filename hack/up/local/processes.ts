import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createComponent, type Component } from '../../cluster/component.ts'
import type { UpContext } from '../up-context.ts'
import { apply } from '../kubectl.ts'
import { registerLogin } from '../login/configure.ts'
import { applyLoginSecrets } from '../login/install.ts'
import { overlayOf } from '../pods/overlay.ts'
import { SERVERS, type Part, type Server, type Servers } from '../server-names.ts'
import { account, choosePorts, configure, PROGRAMS, type Ports, type Program } from './configure.ts'
import { configOf, forProcesses, readDocuments, type Document } from './documents.ts'
import { forwardToReadyServer } from './standby.ts'
import { supervise } from './supervise.ts'
import { run } from '../../cluster/build/run-build.ts'
import { CONTENTS } from '../../image/contents.ts'

/** Runs the bootstrap program with the permissions of its Job. */
async function makeCertificates(context: UpContext, documents: readonly Document[]): Promise<void> {
  const kubeconfig = await account(context, 'jit-certificates')
  const config = join(context.layout.servers, 'jit-certificates/config.yaml')
  await writeFile(config, configOf(documents, 'jit-certificates'))
  await run(process.execPath, [join(context.root, 'certificates/main.ts'), '--config', config, '--kubeconfig', kubeconfig])
}

/** The folder of a program's main.ts. */
const folderOf = (program: Program): string => (program === 'apiserver-standby' ? 'apiserver/standby' : program)

function start(context: UpContext, part: Program, config: string): Component {
  const component = createComponent(
    {
      name: `jit-${part}`,
      command: process.execPath,
      args: [...CONTENTS.entrypoint.slice(1), join(context.root, folderOf(part), 'main.ts'), '--config', config],
      dir: context.layout.servers,
    },
    process.platform === 'linux',
  )
  component.start()
  context.cleanup.add(`the ${part}`, () => component.kill())
  return component
}

async function leadApi({ cluster, cleanup }: UpContext, { api, apiserver, 'apiserver-standby': standby }: Ports): Promise<void> {
  const host = '127.0.0.1'
  const leading = await forwardToReadyServer({
    on: { host: cluster.routing === 'on' ? cluster.hostIP : host, port: api },
    primary: { host, port: apiserver.data },
    standby: { host, port: standby.data },
    readyUrl: `http://${host}:${apiserver.admin}/readyz`,
  })
  cleanup.add('the way to the aggregated API', () => leading.stop())
}

/** Starts the servers as processes on this machine, with tokens of the same ServiceAccounts. */
export async function startProcesses(context: UpContext): Promise<Servers> {
  const { kubectl, cluster, root, layout, cleanup, say } = context
  for (const folder of [layout.records, layout.loginRecords, layout.data, layout.servers]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const ports = await choosePorts()
  const documents = readDocuments(await kubectl(['kustomize', join(root, overlayOf(context))]))
  const backends = {
    ports: { gateway: ports.gateway.data, apiserver: ports.api, webhook: ports.webhook.data, console: ports.console.data, login: ports.login.data },
    ...(cluster.routing === 'on' ? { hostIP: cluster.hostIP } : {}),
  }
  await apply(kubectl, forProcesses(documents, backends))
  say(`applied ${overlayOf(context)} without its pods`)
  await makeCertificates(context, documents)
  await applyLoginSecrets(context)
  registerLogin(context)
  const components = new Map<Program, Component>()
  for (const program of PROGRAMS) components.set(program, start(context, program, await configure(context, program, { documents, ports })))
  await leadApi(context, ports)
  const listeners = new Set<() => void>()
  const supervisor = supervise({
    components: [...components.values()],
    nowMs: () => performance.now(),
    restarted: (name, why) => {
      say(`${name} was started again: ${why}`)
      for (const listener of listeners) listener()
    },
  })
  cleanup.add('the supervision', () => supervisor.stop())
  say('gateway, apiserver, webhook, console, login and controller run as processes of this machine')
  const metricsUrl = (server: Server): string => `http://127.0.0.1:${ports[server].admin}/metrics`
  const reached = (part: Part) => ({ url: `https://localhost:${ports[part].data}`, metricsUrl: metricsUrl(part) })
  const pids = SERVERS.map((server) => [server, () => components.get(server)?.pid() ?? 0] as const)
  return {
    login: { host: '127.0.0.1', port: ports.login.data },
    reached: {
      gateway: reached('gateway'),
      apiserver: reached('apiserver'),
      webhook: reached('webhook'),
      console: reached('console'),
      login: { ...reached('login'), url: context.login.url },
      controller: { metricsUrl: metricsUrl('controller') },
    },
    processes: () => Promise.resolve(Object.fromEntries(pids.map(([server, pid]) => [server, pid()])) as { [server in Server]: number }),
    onChange: (listener) => void listeners.add(listener),
    trouble: async () => {
      const ends = await Promise.all(
        SERVERS.map(
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
      SERVERS.map((part) =>
        fetch(servers.reached[part].metricsUrl.replace('/metrics', '/readyz')).then(
          (response) => response.ok,
          () => false,
        ),
      ),
    )
    const waiting = SERVERS.filter((_, index) => ready[index] !== true)
    if (waiting.length === 0) return
    if (performance.now() > until) throw new Error(`not ready within ${options.seconds} s: ${waiting.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
