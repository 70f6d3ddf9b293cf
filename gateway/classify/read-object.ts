import { isUtf8 } from 'node:buffer'
import { StatusError } from '../../domain/status-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Number of object members in a JSON text, including duplicate keys. */
function membersWritten(text: Buffer): number {
  let count = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]
    if (byte === QUOTE) inString = !inString
    else if (inString && byte === BACKSLASH) at++
    else if (!inString && byte === COLON) count++
  }
  return count
}

/** Number of object members in a parsed value. Iterates with a list, because the text may nest deeper than the stack allows. */
function membersRead(value: unknown): number {
  let count = 0
  const left: unknown[] = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next !== 'object' || next === null) continue
    const parts: readonly unknown[] = Object.values(next)
    if (!Array.isArray(next)) count += parts.length
    for (const part of parts) left.push(part)
  }
  return count
}

/**
 * Parses a JSON body and refuses what kube-apiserver would parse differently. For a duplicate key JavaScript keeps the last value, while Go merges
 * the two, so a condition would see another object than the stored one. Invalid UTF-8 is replaced differently by each parser.
 * @throws StatusError BadRequest for invalid JSON, invalid UTF-8 or a duplicate key
 */
export function readObject(body: Buffer): unknown {
  if (!isUtf8(body)) throw new StatusError('BadRequest', 'the body is not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new StatusError('BadRequest', 'the body is not JSON')
  }
  if (membersWritten(body) !== membersRead(value)) throw new StatusError('BadRequest', 'the body has a duplicate key in an object')
  return value
}
