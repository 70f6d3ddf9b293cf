/** Decides what to do with the next string of a document, from the tables of shapes.ts and from its position. */
import { CannotMask } from '../../cannot-mask.ts'
import type { Positions } from '../../positions/positions.ts'
import { isRelease } from '../../secret/helm-release.ts'
import type { SecretLocator } from './field-reader.ts'
import type { ShapeStack } from './shape-stack.ts'
import type { StringRole } from '../strings/string-masker.ts'

/** Roles of strings that may contain a copy of their object. */
const COPIES: Partial<Record<StringRole, StringRole>> = { pass: 'copy', 'field-copy': 'field-and-copy' }

type Document = { readonly shapes: ShapeStack; readonly positions: Positions; readonly reader: SecretLocator }

/** Throws CannotMask if a Secret has no string at this place. */
export function roleOfValue({ shapes, positions, reader }: Document): StringRole {
  const role = shapes.next.string
  if (role === undefined) throw new CannotMask('a string where a Secret has none')
  if (role !== 'value' && role !== 'plain-value') {
    const copy = COPIES[role]
    return copy !== undefined && positions.isCopy ? copy : role
  }
  if (reader.isShown(reader.key)) return 'shown'
  return role === 'value' && isRelease(reader.name, reader.key) ? 'release' : role
}

export function isNumber(literal: string): boolean {
  return literal !== 'true' && literal !== 'false' && literal !== 'null'
}
