/** Looks up fields by the bytes of their names. */
import { fieldOf, VALUE, type ClassifiedField } from './field-class.ts'
import { RecentBytes } from './recent-bytes.ts'

/** Longer names are in no table and do not name a credential. */
export const MAX_FIELD = 256

const unknown: ClassifiedField = { of: VALUE, credential: false }
const fields = new RecentBytes<ClassifiedField>(4096, 64)

export function fieldAt(bytes: Buffer, from: number, to: number): ClassifiedField {
  const length = to - from
  if (length === 0 || length > MAX_FIELD) return unknown
  const known = fields.get(bytes, from, to)
  if (known !== undefined) return known
  const field = fieldOf(bytes.toString('utf8', from, to))
  fields.set(bytes, { from, to }, field)
  return field
}

const KEY = Buffer.from('key')
const NAME = Buffer.from('name')

/** Whether bytes[from, to) are `name` or `key`: the value may be the name of a credential, with `value` as its sibling. */
export function isNaming(bytes: Buffer, from: number, to: number): boolean {
  const length = to - from
  if (length === NAME.length)
    return bytes[from] === NAME[0] && bytes[from + 1] === NAME[1] && bytes[from + 2] === NAME[2] && bytes[from + 3] === NAME[3]
  return length === KEY.length && bytes[from] === KEY[0] && bytes[from + 1] === KEY[1] && bytes[from + 2] === KEY[2]
}
