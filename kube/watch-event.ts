import { isObject } from '../domain/is-object.ts'
import { statusErrorOf } from './client.ts'
import { UnreadableLine } from './json-lines.ts'

export type WatchEvent<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }

const TYPES: ReadonlySet<unknown> = new Set<WatchEvent<unknown>['type']>(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])

type Line = { readonly type?: unknown; readonly object?: { readonly metadata?: unknown } | null } | null

/** The error has no cause: the parser's message quotes the line, which can be a Secret. */
function parse(line: string): Line {
  try {
    return JSON.parse(line) as Line
  } catch {
    throw new UnreadableLine('a watch event is not JSON')
  }
}

/** A bookmark has only a version. */
const isNamed = (metadata: unknown, type: unknown): boolean => isObject(metadata) && (type === 'BOOKMARK' || typeof metadata['name'] === 'string')

/**
 * Parses one line of a watch. Does not check the object beyond its metadata.
 * @throws UnreadableLine; StatusError for an event of type ERROR
 */
export function readWatchEvent<T>(line: string): WatchEvent<T> {
  const read = parse(line)
  if (read?.type === 'ERROR') throw statusErrorOf(500, JSON.stringify(read.object))
  if (!TYPES.has(read?.type) || !isNamed(read?.object?.metadata, read?.type))
    throw new UnreadableLine('a watch event has an unknown type, or no named object')
  return read as unknown as WatchEvent<T>
}
