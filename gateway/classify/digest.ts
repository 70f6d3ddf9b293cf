import { createHash } from 'node:crypto'
import { writeTarget } from '../arrive/read-target.ts'
import type { Asked } from '../steps.ts'

/** Whose method says how the connection is switched, and nothing else. To what is proxied the method means everything. */
const STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward'])

/**
 * Names an operation: hex SHA-256 over method, path, query, content type and body, each with its length before it so that they
 * cannot run into each other. Streams are `POST` whatever their method: kubectl tries a refused one again by the other.
 */
export function digestOf(asked: Pick<Asked, 'method' | 'path' | 'query' | 'headers' | 'body' | 'classified'>): string {
  const { power, info } = asked.classified
  const method = power === 'connect' && STREAMS.has(info.subresource) ? 'POST' : asked.method
  const parts = [Buffer.from(method), Buffer.from(writeTarget(asked)), Buffer.from(asked.headers.get('content-type') ?? ''), asked.body]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}
