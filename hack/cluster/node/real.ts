import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../build/run-build.ts'
import type { Component, ComponentSpec } from '../component.ts'
import type { Site } from '../addresses.ts'

/** Starts the node's first process in its own namespaces and moves the node's end of the veth pair there. Returns that process's pid. */
export async function plugNode(site: Site, component: Component): Promise<number> {
  component.start()
  const pid = component.pid()
  if (pid === undefined) throw new Error(await component.failure())
  return await enterNode(site, pid)
}

/** Creates a veth pair between this machine and the node. This end has HOST_IP; pods are routed through it, without NAT. */
export async function plugLink({ link, hostIP, nodeIP, network }: Site): Promise<void> {
  await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}n`])
  await run('ip', ['addr', 'add', `${hostIP}/30`, 'dev', link])
  await run('ip', ['link', 'set', link, 'up'])
  await run('ip', ['route', 'add', `${network}.128/25`, 'via', nodeIP, 'dev', link])
}

/** Removes the veth pair; removing one end removes the other. */
export async function unplugLink(link: string): Promise<void> {
  await run('ip', ['link', 'del', link]).catch(() => undefined) // usually already gone with the node's network namespace
}

export type NodePrograms = { readonly nodeDir: string; readonly binDir: string }

const pathOf = ({ nodeDir, binDir }: NodePrograms): string => `${join(nodeDir, 'bin')}:${binDir}`

/**
 * `unshare` starts init.sh in its own namespaces and is killed with this process; the kernel then kills init, and with it all of its
 * children.
 */
export function nodeSpec(site: Site, programs: NodePrograms): ComponentSpec {
  const init = join(import.meta.dirname, 'init.sh')
  return {
    name: 'node',
    command: 'unshare',
    dir: site.dir,
    path: pathOf(programs),
    args: ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc', 'bash', init].concat(
      // in the order that init.sh reads them
      [site.dir, programs.nodeDir, programs.binDir, site.nodeName, site.link, site.hostIP, site.nodeIP],
    ),
  }
}

const LIMIT_MS = 10_000

/** Returns the pid of init.sh once it has its own network namespace, and moves the other end of the veth pair there. */
async function enterNode({ link }: Site, unsharePid: number): Promise<number> {
  const until = performance.now() + LIMIT_MS
  const own = await readlink('/proc/self/ns/net')
  while (performance.now() < until) {
    const children = await readFile(`/proc/${unsharePid}/task/${unsharePid}/children`, 'utf8').catch(() => '')
    const init = Number.parseInt(children.trim(), 10)
    const network = Number.isNaN(init) ? own : await readlink(`/proc/${init}/ns/net`).catch(() => own)
    if (network !== own) {
      await run('ip', ['link', 'set', `${link}n`, 'netns', String(init)])
      return init
    }
    await sleep(20)
  }
  throw new Error('the node did not get namespaces of its own: this needs CAP_SYS_ADMIN and CAP_NET_ADMIN (--node kwok does without)')
}

/** Runs a command in the node's namespaces, with the node's programs on PATH. `stdin` is a file for its standard input. */
export async function runInNode(init: number, programs: NodePrograms, command: NodeCommand): Promise<string> {
  const args = ['--target', String(init), '--mount', '--pid', '--net', '--uts', '--ipc', '--', ...command.argv]
  const env = { PATH: `${pathOf(programs)}:/usr/sbin:/usr/bin:/sbin:/bin` }
  return await run('nsenter', args, { env, ...(command.stdin === undefined ? {} : { stdin: command.stdin }) })
}

export type NodeCommand = { readonly argv: readonly string[]; readonly stdin?: string }
