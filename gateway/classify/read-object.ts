import { isUtf8 } from 'node:buffer'
import { StatusError } from '../../domain/status-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Number of object members in a JSON text, including duplicate keys. */
function membersIn(text: Buffer): number {
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

/** The JSON of a parsed value. Counting in it takes a fifth of the time of visiting each object. @throws StatusError BadRequest if it nests too deep for that, which kube-apiserver refuses too, a little deeper */
function written(value: unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify(value))
  } catch {
    throw new StatusError('BadRequest', 'the body nests too deep')
  }
}

/**
 * Parses a JSON body and refuses what kube-apiserver would parse differently. For a duplicate key JavaScript keeps the last value, while Go merges
 * the two, so a condition would see another object than the stored one. Invalid UTF-8 is replaced differently by each parser.
 * @throws StatusError BadRequest for invalid JSON, invalid UTF-8, a duplicate key, or one that nests too deep
 */
export function readObject(body: Buffer): unknown {
  if (!isUtf8(body)) throw new StatusError('BadRequest', 'the body is not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new StatusError('BadRequest', 'the body is not JSON')
  }
  if (membersIn(body) !== membersIn(written(value))) throw new StatusError('BadRequest', 'the body has a duplicate key in an object')
  return value
}
