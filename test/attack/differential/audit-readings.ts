import { open, readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import type { Sent } from './fuzzed-requests.ts'

/** How kube-apiserver read a request, from its audit event. */
export type Reading = {
  readonly verb: string
  readonly isResourceRequest: boolean
  readonly apiGroup: string
  readonly apiVersion: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
}

type AuditEvent = {
  readonly auditID: string
  readonly verb: string
  readonly objectRef?: { readonly [field in 'apiGroup' | 'apiVersion' | 'namespace' | 'resource' | 'subresource' | 'name']?: string }
}

export type Target = { readonly url: string; readonly ca: string; readonly token: string; readonly auditLogFile: string }

const CONCURRENT = 48

/** Sends all requests, each with a separate Audit-ID, and discards the response bodies. Returns which were answered, by index. */
export async function sendAll(target: Target, requests: readonly Sent[], auditIDOf: (index: number) => string): Promise<ReadonlyMap<number, number>> {
  const pool = new Pool(target.url, {
    connections: CONCURRENT,
    connect: { ca: target.ca },
    allowH2: false,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  })
  const answered = new Map<number, number>()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const { method, target: path } = requests[index] as Sent
      try {
        const { statusCode, body } = await pool.request({
          method,
          path,
          headers: { authorization: `Bearer ${target.token}`, 'audit-id': auditIDOf(index) },
        })
        await body.dump()
        answered.set(index, statusCode)
      } catch {
        // A request that our own client refuses to send, or on which upstream closes the connection, was not read by upstream either.
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  await pool.close()
  return answered
}

/** The audit log and its rotated files (kube-apiserver starts a new file every 100 MB). */
async function auditLogs({ auditLogFile }: Target): Promise<readonly string[]> {
  const { dir, name, ext } = parse(auditLogFile)
  return (await readdir(dir)).filter((file) => file.startsWith(name) && file.endsWith(ext)).map((file) => join(dir, file))
}

/** How upstream read the requests whose Audit-ID starts with `prefix`, by Audit-ID. */
export async function readings(target: Target, prefix: string): Promise<ReadonlyMap<string, Reading>> {
  const found = new Map<string, Reading>()
  for (const log of await auditLogs(target)) {
    const file = await open(log)
    for await (const line of createInterface({ input: file.createReadStream() })) {
      if (!line.includes(prefix)) continue
      const { auditID, verb, objectRef } = JSON.parse(line) as AuditEvent
      const ref = objectRef ?? {}
      found.set(auditID, {
        verb,
        isResourceRequest: objectRef !== undefined,
        apiGroup: ref.apiGroup ?? '',
        apiVersion: ref.apiVersion ?? '',
        namespace: ref.namespace ?? '',
        resource: ref.resource ?? '',
        subresource: ref.subresource ?? '',
        name: ref.name ?? '',
      })
    }
  }
  return found
}
