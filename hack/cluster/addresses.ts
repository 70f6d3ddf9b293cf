import { join } from 'node:path'
import type { NodeKind } from './binaries.ts'

/** Ports of one cluster, as offsets from its first. */
const OFFSETS = { apiserver: 0, etcdClient: 1, etcdPeer: 2, controllers: 3, scheduler: 4, kwok: 5, kubelet: 6 } as const

export const PORTS = Object.keys(OFFSETS).length

/** Folder, ports and addresses of a cluster. The first port makes all names and networks unique. */
export type Site = {
  readonly dir: string
  readonly port: number
  readonly nodeKind: NodeKind
  readonly nodeName: string
  /** This machine's address as the node sees it, and the node's as this machine sees it. Both are 127.0.0.1 without a real node. */
  readonly hostIP: string
  readonly nodeIP: string
  /** 10.A.B; pods use 128 to 255. */
  readonly network: string
  readonly link: string
  readonly cgroup: string
}

export function siteOf(dir: string, port: number, nodeKind: NodeKind): Site {
  const network = networkOf(port)
  const real = nodeKind === 'real'
  return {
    dir,
    port,
    nodeKind,
    nodeName: 'node-1',
    hostIP: real ? `${network}.1` : '127.0.0.1',
    nodeIP: real ? `${network}.2` : '127.0.0.1',
    network,
    link: linkOf(port),
    cgroup: cgroupOf(port),
  }
}

export const networkOf = (port: number): string => `10.${Math.floor(port / 256)}.${port % 256}`

export const linkOf = (port: number): string => `jn${port}`

export const cgroupOf = (port: number): string => `jn-${port}`

export const portOf = (site: Site, which: keyof typeof OFFSETS): number => site.port + OFFSETS[which]

export const kubeconfigOf = (site: Site, name: string): string => join(site.dir, `${name}.kubeconfig`)
