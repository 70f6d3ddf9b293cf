import { open, readdir, stat } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Environment } from '../../../hack/demo/environment.ts'
import type { KubeClient } from '../../../kube/client.ts'
import { until } from '../../until.ts'

/**
 * What kube-apiserver was asked and by whom, from its audit log, and what our records say about the same requests. Oracles O2 and O3 on the
 * real cluster.
 */
export type AuditEvent = {
  readonly auditID: string
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly impersonatedUser?: {
    readonly username: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: { readonly [key: string]: readonly string[] }
  }
  readonly objectRef?: { readonly [field in 'apiGroup' | 'apiVersion' | 'namespace' | 'resource' | 'subresource' | 'name']?: string }
  readonly responseStatus?: { readonly code?: number }
}

export type Line = { readonly event: string; readonly auditID?: string; readonly [field: string]: unknown }

/** Follows files from now on: earlier content belongs to other tests. */
async function follow(list: () => Promise<readonly string[]>): Promise<() => Promise<readonly string[]>> {
  const sizes = new Map<string, number>()
  for (const file of await list()) sizes.set(file, (await stat(file)).size)
  return async () => {
    const lines: string[] = []
    for (const file of await list()) {
      const handle = await open(file)
      try {
        const from = sizes.get(file) ?? 0
        const { size } = await handle.stat()
        const bytes = Buffer.alloc(Math.max(0, size - from))
        await handle.read(bytes, 0, bytes.length, from)
        // What follows the last line break is still being written.
        lines.push(...bytes.toString('utf8').split('\n').slice(0, -1))
      } finally {
        await handle.close()
      }
    }
    return lines
  }
}

async function auditFiles(file: string): Promise<readonly string[]> {
  const { dir, name, ext } = parse(file)
  return (await readdir(dir)).filter((each) => each.startsWith(name) && each.endsWith(ext)).map((each) => join(dir, each))
}

async function recordFiles(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).map((name) => join(dir, name))
}

export type Books = {
  /** The audit events of these IDs in stage ResponseComplete or Panic. Waits until all are there. @throws Error if one does not come */
  audited(ids: readonly string[]): Promise<readonly AuditEvent[]>
  /**
   * The same for requests that kube-apiserver may never have seen, and that ended before this call. Waits for the event of a request that it
   * sends now, since events are written in the order in which requests end.
   */
  auditedSoFar(ids: readonly string[]): Promise<readonly AuditEvent[]>
  /** Our record lines since this was opened. */
  recorded(): Promise<readonly Line[]>
  /** The same as they are in the files. */
  recordedBytes(): Promise<Buffer>
}

const idOf = (line: string): string => /"auditID":"([^"]+)"/.exec(line)?.[1] ?? ''
const POLL = { everyMs: 100 }

export async function openBooks({ kubernetes, recordsDir }: Environment, admin: KubeClient): Promise<Books> {
  const audit = await follow(() => auditFiles(kubernetes.auditLogFile))
  const records = await follow(() => recordFiles(recordsDir))
  const eventsOf = async (ids: ReadonlySet<string>): Promise<readonly AuditEvent[]> =>
    (await audit())
      .filter((line) => ids.has(idOf(line)))
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ stage }) => stage === 'ResponseComplete' || stage === 'Panic')
  const audited: Books['audited'] = (list) => {
    const ids = new Set(list)
    return until(
      'kube-apiserver audits every request',
      async () => {
        const events = await eventsOf(ids)
        return new Set(events.map(({ auditID }) => auditID)).size === ids.size ? events : undefined
      },
      POLL,
    )
  }
  return {
    audited,
    auditedSoFar: async (list) => {
      const later = randomUUID()
      await admin.json({ method: 'GET', path: '/version', headers: { 'audit-id': later } })
      await audited([later])
      return eventsOf(new Set(list))
    },
    recorded: async () => (await records()).map((line) => JSON.parse(line) as Line),
    recordedBytes: async () => Buffer.from((await records()).join('\n')),
  }
}
