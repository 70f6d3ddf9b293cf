import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeClient } from '../../kube/client.ts'
import type { Component } from './component.ts'

const POLL_MS = 50

export type Wait = {
  readonly what: string
  readonly holds: () => Promise<boolean>
  readonly limitSeconds: number
  /** Checked while waiting: if one has exited, waiting is pointless. */
  readonly components: readonly Component[]
  /** A log that says more than those of the components; the time-out error includes its end. */
  readonly logFile?: string
  readonly signal: AbortSignal
}

/**
 * Waits until a condition holds; an error from `holds` counts as not yet.
 * @throws Error with the end of the log of a component that exited, or on time-out
 */
export async function waitUntil({ what, holds, limitSeconds, components, logFile, signal }: Wait): Promise<void> {
  const until = performance.now() + limitSeconds * 1000
  while (!(await holds().catch(() => false))) {
    signal.throwIfAborted()
    for (const component of components) {
      const failure = await component.failure()
      if (failure !== undefined) throw new Error(failure)
    }
    if (performance.now() > until) throw new Error(`${what}: not within ${limitSeconds} s; ${await tellLog(logFile ?? components.at(-1)?.logFile)}`)
    await sleep(POLL_MS, undefined, { signal })
  }
}

const TAIL_BYTES = 1500

async function tellLog(file = ''): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  // A real node takes about 25 inotify instances, and many machines allow 128 for each user.
  const remedy = /too many open files|inotify/.test(text) ? '\nToo many clusters at once? Or: sysctl fs.inotify.max_user_instances=1024' : ''
  return `the end of ${file}:\n${text.slice(-TAIL_BYTES).trim()}${remedy}`
}

export async function isApiReady(client: KubeClient): Promise<boolean> {
  const { status, body } = await client.raw({ method: 'GET', path: '/readyz', timeoutMs: 2000 })
  await body.dump()
  return status === 200
}

type Node = { readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }

export async function isNodeReady(client: KubeClient, name: string): Promise<boolean> {
  const node = await client.json<Node>({ method: 'GET', path: `/api/v1/nodes/${name}` })
  return node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

export async function hasDefaultServiceAccount(client: KubeClient): Promise<boolean> {
  await client.json({ method: 'GET', path: '/api/v1/namespaces/default/serviceaccounts/default' })
  return true
}
