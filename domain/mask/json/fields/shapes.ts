/**
 * Tables of what may occur where in a masked response: for each place, what a string there means, and which objects and arrays are allowed.
 * A place that no table names cannot be masked, so the response is withheld. A new field of Secret needs a new line here first.
 */

import type { HiddenItems } from '../../positions/field-set-item.ts'
import { KeyTable } from './key-table.ts'

/** What to do with a string. */
export type Role =
  /** Known values in it are masked, unless the string is in a structural position. */
  | 'pass'
  /** Never changed. Identifies the Secret. */
  | 'name'
  | 'namespace'
  /** A value of a Secret, in base64 or as plain text (stringData). */
  | 'value'
  | 'plain-value'
  /** May contain a copy of the whole object (last-applied). */
  | 'annotation'
  /** May quote a value, so it is replaced. */
  | 'withheld'
  /** A minted token. Replaced. */
  | 'token'
  /** An annotation that may contain a copy of the whole object, where a policy hides fields. */
  | 'field-copy'

export type Slot = {
  readonly string?: Role
  /** Numbers, booleans and null. `mask`: only null is allowed, and is masked as an empty value. `zero`: numbers are replaced with 0. */
  readonly scalar?: 'pass' | 'mask' | 'zero'
  readonly object?: NodeShape
  readonly array?: NodeShape
}

/** An object (`keys`, `other`) or an array (`elements`). */
export type NodeShape = {
  readonly keys?: KeyTable<Slot>
  readonly other?: Slot
  readonly elements?: Slot
  /** The field name is remembered for the values below it. */
  readonly named?: true
  /** Nothing inside depends on a key. */
  readonly plain?: true
  /**
   * Removed from responses to writes, where it would reveal whether a dry run changed a value. If a client sends the empty list back,
   * kube-apiserver ignores it.
   */
  readonly notInEcho?: true
  /** Begins an object that has its own metadata. */
  readonly identity?: true
  /** In FieldsV1 below a hidden field: which items are replaced. Either all item names, `v:` and `k:`, or the fields of `k:` that are hidden. */
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

/** A Secret, a SecretList, a Table, PartialObjectMetadata or a Status. Their fields do not overlap, so one table covers all. */
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

/** The shape of a whole document of each kind, and whether the input is a sequence of documents. */
export const documents: Readonly<Record<JsonKind, { readonly slot: Slot; readonly many: boolean }>> = {
  secret: { slot: secretAnswer, many: false },
  'secret-watch': { slot: secretFrame, many: true },
  'token-request': { slot: tokenRequest, many: false },
  json: { slot: PLAIN, many: false },
  'json-watch': { slot: PLAIN, many: true },
}
