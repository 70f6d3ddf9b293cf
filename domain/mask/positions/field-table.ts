/** Fields by the bytes of their names. Objects have the same few hundred again and again, so no text is made of a name that was seen lately. */
import { fieldOf, VALUE, type Field } from './field-class.ts'

const SLOTS = 2048
/** No longer name is in a table, or names a credential. */
export const MAX_FIELD = 256

type Entry = { readonly bytes: Buffer; readonly field: Field }

const unknown: Field = { of: VALUE, credential: false, names: false }
const entries: (Entry | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

export function fieldAt(bytes: Buffer, from: number, to: number): Field {
  const length = to - from
  if (length === 0 || length > MAX_FIELD) return unknown
  const middle = bytes[from + (length >> 1)] as number
  const slot = ((bytes[from] as number) * 31 + (bytes[to - 1] as number) * 7 + middle * 131 + length * 61) & (SLOTS - 1)
  const entry = entries[slot]
  if (entry?.bytes.length === length && isAt(entry.bytes, bytes, from)) return entry.field
  const field = fieldOf(bytes.toString('utf8', from, to))
  entries[slot] = { bytes: Buffer.from(bytes.subarray(from, to)), field }
  return field
}

function isAt(name: Buffer, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false
  return true
}
