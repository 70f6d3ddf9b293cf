import { createHash } from 'node:crypto'
import { writeTarget } from '../arrive/read-target.ts'
import type { ClassifiedRequest } from '../steps.ts'

/** Subresources whose method only selects the upgrade protocol. For proxied requests the method is significant. */
const STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward'])

/**
 * Returns the digest of an operation: hex SHA-256 over method, path, query, content type and body. Each part is prefixed with its length, so
 * that different parts cannot produce the same input. Streams always count as `POST`, because kubectl retries a refused one with the other method.
 */
export function digestOf(asked: Pick<ClassifiedRequest, 'method' | 'path' | 'query' | 'headers' | 'body' | 'classified'>): string {
  const { power, info } = asked.classified
  const method = power === 'connect' && STREAMS.has(info.subresource) ? 'POST' : asked.method
  const parts = [Buffer.from(method), Buffer.from(writeTarget(asked)), Buffer.from(asked.headers.get('content-type') ?? ''), asked.body]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}
