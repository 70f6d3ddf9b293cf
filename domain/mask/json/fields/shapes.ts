/**
 * What is expected where in a masked answer, as tables: for each place, what a string means there, and which objects and arrays
 * may stand there. What no table names cannot be masked, so it is withheld: a new field of Secret is a new line here first.
 */

import type { HiddenItems } from '../../positions/field-set-item.ts'
import { KeyTable } from './key-table.ts'

/** What to do with a string. */
export type Role =
  /** Known values are masked in it, unless it stands in a structural position. */
  | 'pass'
  /** Never changed, and it tells whose Secret this is. */
  | 'name'
  | 'namespace'
  /** A value of a Secret as base64, or as plain text (stringData). */
  | 'value'
  | 'plain-value'
  /** May hold the whole object once more (last-applied). */
  | 'annotation'
  /** May quote a value: replaced. */
  | 'withheld'
  /** A minted token: replaced. */
  | 'token'
  /** An annotation that may hold the whole object once more, where a policy hides fields. */
  | 'field-copy'

export type Slot = {
  readonly string?: Role
  /** Numbers, booleans and null. `mask`: only null may stand here, and is masked as an empty value. `zero`: so are numbers. */
  readonly scalar?: 'pass' | 'mask' | 'zero'
  readonly object?: Shape
  readonly array?: Shape
}

/** An object (`keys`, `other`) or an array (`elements`). */
export type Shape = {
  readonly keys?: KeyTable<Slot>
  readonly other?: Slot
  readonly elements?: Slot
  /** The name of a field counts for what is below it. */
  readonly named?: true
  /** Nothing in it depends on a key. */
  readonly plain?: true
  /** Left out of answers to writes, where it would tell whether a dry run has changed a value. An empty list changes nothing. */
  readonly notInEcho?: true
  /** Begins an object with metadata of its own. */
  readonly identity?: true
  /** In FieldsV1, below what a policy hides: items, `v:` and `k:`, whose names are replaced, or the fields of `k:` that are. */
  readonly items?: HiddenItems
}

const plainShape: { other?: Slot; elements?: Slot; plain: true } = { plain: true }
export const PLAIN: Slot = { string: 'pass', scalar: 'pass', object: plainShape, array: plainShape }
plainShape.other = PLAIN
plainShape.elements = PLAIN

const SIMPLE: Slot = { string: 'pass', scalar: 'pass' }

function keys(slots: Record<string, Slot>): KeyTable<Slot> {
  return new KeyTable(slots)
}

function listOf(slot: Slot): Slot {
  return { scalar: 'pass', array: { elements: slot } }
}

const annotations: Slot = { scalar: 'pass', object: { named: true, other: { string: 'annotation', scalar: 'pass' } } }
const managedFields: Slot = { scalar: 'pass', array: { elements: PLAIN, notInEcho: true } }
const metadata: Slot = {
  scalar: 'pass',
  object: { keys: keys({ name: { string: 'name' }, namespace: { string: 'namespace' }, annotations, managedFields }), other: PLAIN },
}
const data: Slot = { scalar: 'pass', object: { named: true, other: { string: 'value', scalar: 'mask' } } }
const stringData: Slot = { scalar: 'pass', object: { named: true, other: { string: 'plain-value', scalar: 'mask' } } }

const secretKeys = { kind: SIMPLE, apiVersion: SIMPLE, type: SIMPLE, immutable: SIMPLE, metadata, data, stringData }
const secret: Slot = { scalar: 'pass', object: { keys: keys(secretKeys), identity: true } }

const cause: Slot = { object: { keys: keys({ reason: SIMPLE, field: SIMPLE, message: { string: 'withheld' } }) } }
const details: Slot = {
  scalar: 'pass',
  object: { keys: keys({ name: SIMPLE, group: SIMPLE, kind: SIMPLE, uid: SIMPLE, retryAfterSeconds: SIMPLE, causes: listOf(cause) }) },
}
const row: Slot = { object: { keys: keys({ cells: PLAIN, conditions: PLAIN, object: secret }) } }

/** A Secret, a list of them, a Table, metadata only, or a Status: told apart by their fields, which do not overlap. */
const secretAnswer: Slot = {
  object: {
    identity: true,
    keys: keys({
      ...secretKeys,
      items: listOf(secret),
      columnDefinitions: PLAIN,
      rows: listOf(row),
      status: SIMPLE,
      message: { string: 'withheld', scalar: 'pass' },
      reason: SIMPLE,
      code: SIMPLE,
      details,
    }),
  },
}
const secretFrame: Slot = { object: { keys: keys({ type: SIMPLE, object: secretAnswer }) } }

const tokenStatus: Slot = { scalar: 'pass', string: 'pass', object: { keys: keys({ token: { string: 'token', scalar: 'pass' } }), other: PLAIN } }
const tokenRequest: Slot = { object: { keys: keys({ status: tokenStatus }), other: PLAIN } }

export type JsonKind = 'secret' | 'secret-watch' | 'token-request' | 'json' | 'json-watch'

/** What a whole document of each kind may be, and whether documents follow one another. */
export const documents: Readonly<Record<JsonKind, { readonly slot: Slot; readonly many: boolean }>> = {
  secret: { slot: secretAnswer, many: false },
  'secret-watch': { slot: secretFrame, many: true },
  'token-request': { slot: tokenRequest, many: false },
  json: { slot: PLAIN, many: false },
  'json-watch': { slot: PLAIN, many: true },
}
