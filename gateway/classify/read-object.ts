import { isUtf8 } from 'node:buffer'
import { StatusError } from '../../domain/status-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Members of all objects in a JSON text, as they are written. */
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

/** Members of all objects in a value, as they were read. Goes by a list: the text may nest deeper than the stack. */
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
 * A JSON body as kube-apiserver reads it too. Of a key that comes twice we would take the last, and
 * Go decodes one into the other, so that what a condition saw would not be what is stored; bytes that are no UTF-8 each replace in
 * their own way.
 * @throws StatusError BadRequest for what is no JSON, or could be read in two ways
 */
export function readObject(body: Buffer): unknown {
  if (!isUtf8(body)) throw new StatusError('BadRequest', 'the body is no UTF-8')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw new StatusError('BadRequest', 'the body is no JSON')
  }
  if (membersWritten(body) !== membersRead(value)) throw new StatusError('BadRequest', 'the body has a key twice in one object')
  return value
}
