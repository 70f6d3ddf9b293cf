import { createKubeClient, type KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { noteProcesses, releasePorts } from './leases/port-leases.ts'
import { createComponent, type Component, type ComponentSpec } from './component.ts'
import { plugLink, plugNode } from './node/real.ts'
import { ownerOf, type Owner } from './leases/owner.ts'
import { isApiReady, waitUntil } from './readiness.ts'
import { endProcesses, removeLeftovers } from './leases/leftovers.ts'
import { kubeconfigOf, type Site } from './addresses.ts'

const API_SECONDS = 180

/** The processes of one cluster, and how to stop them. */
export type Machine = {
  readonly site: Site
  readonly client: KubeClient
  start(spec: ComponentSpec): void
  /** Starts a node with real containers: its namespaces, and init.sh inside them. The link must exist. */
  startNode(spec: ComponentSpec): Promise<void>
  untilApiReady(signal: AbortSignal): Promise<void>
  components(): readonly Component[]
  /** Pid of the first process of the real node. */
  nodeInit(): number | undefined
  processes(): { readonly [name: string]: number }
  kill(name: string): Promise<void>
  restart(name: string): Promise<void>
  /** Records the running processes in the lease, so that a later boot can clean up if this process dies suddenly. */
  note(): Promise<void>
  stop(): Promise<void>
}

/** The admin kubeconfig of the site must have been written. */
export async function createMachine(site: Site): Promise<Machine> {
  const client = createKubeClient(await clusterConfigFromKubeconfig(kubeconfigOf(site, 'admin')))
  const components = new Map<string, Component>()
  const dieWithParent = process.platform === 'linux'
  let init: Owner | undefined
  let stopped: Promise<void> | undefined

  const find = (name: string): Component => {
    const found = components.get(name)
    if (found === undefined) throw new Error(`no component ${name}; there are: ${[...components.keys()].join(', ')}`)
    return found
  }
  const plug = async (component: Component): Promise<void> => {
    init = await ownerOf(await plugNode(site, component))
  }
  const untilApiReady = (signal: AbortSignal): Promise<void> =>
    waitUntil({
      what: 'kube-apiserver is ready',
      holds: () => isApiReady(client),
      limitSeconds: API_SECONDS,
      components: [...components.values()],
      signal,
    })
  const processes = (): { readonly [name: string]: number } => {
    const running = [...components.values()].flatMap((component) => {
      const pid = component.name === 'node' ? init?.pid : component.pid()
      return pid === undefined ? [] : [[component.name, pid] as const]
    })
    return Object.fromEntries(running)
  }
  const kill = async (component: Component): Promise<void> => {
    await component.kill()
    if (component.name === 'node' && init !== undefined) await endProcesses([init])
  }

  const stop = async (): Promise<void> => {
    await Promise.all([...components.values()].map(kill))
    await client.close()
    await removeLeftovers({ port: site.port, dir: site.dir, processes: init === undefined ? [] : [init] })
    await releasePorts(site.port)
  }

  return {
    site,
    client,
    start: (spec) => {
      const component = createComponent(spec, dieWithParent)
      components.set(spec.name, component)
      component.start()
    },
    startNode: async (spec) => {
      const component = createComponent(spec, dieWithParent)
      components.set('node', component)
      await plug(component)
    },
    untilApiReady,
    components: () => [...components.values()],
    nodeInit: () => init?.pid,
    processes,
    kill: (name) => kill(find(name)),
    restart: async (name) => {
      const component = find(name)
      if (name === 'node') {
        await plugLink(site) // the link went away with the network namespace of the killed node
        await plug(component)
      } else component.start()
      if (name === 'kube-apiserver') await untilApiReady(new AbortController().signal)
    },
    note: () => noteProcesses(site.port, [...components.values()].flatMap((component) => component.pid() ?? []).concat(init?.pid ?? [])),
    stop: () => (stopped ??= stop()),
  }
}
