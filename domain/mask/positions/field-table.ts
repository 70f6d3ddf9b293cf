/** Fields by the bytes of their names. Objects have the same few hundred again and again, so no text is made of a name that was seen lately. */
import { fieldOf, VALUE, type Field } from './field-class.ts'

const SLOTS = 4096
const HASHED = 8
/** No longer name is in a table, or names a credential. */
export const MAX_FIELD = 256

type Entry = { readonly bytes: Buffer; readonly field: Field }

const unknown: Field = { of: VALUE, credential: false, names: false }
const entries: (Entry | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

export function fieldAt(bytes: Buffer, from: number, to: number): Field {
  const length = to - from
  if (length === 0 || length > MAX_FIELD) return unknown
  const slot = hashOf(bytes, from, to) & (SLOTS - 1)
  const entry = entries[slot]
  if (entry?.bytes.length === length && isAt(entry.bytes, bytes, from)) return entry.field
  const field = fieldOf(bytes.toString('utf8', from, to))
  entries[slot] = { bytes: Buffer.from(bytes.subarray(from, to)), field }
  return field
}

/** Of the first and the last bytes: names that differ in the middle alone share a place. */
function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = to - from
  const half = Math.min(to, from + HASHED)
  for (let at = from; at < half; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
  for (let at = Math.max(half, to - HASHED); at < to; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
  return hash ^ (hash >>> 11)
}

function isAt(name: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false
  return true
}
