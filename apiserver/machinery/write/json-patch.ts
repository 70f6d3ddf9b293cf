import { applyPatch, Pointer } from 'rfc6902'
import { isDeeper, isObject } from '../../../domain/is-object.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import { BODY_LIMIT, DEPTH_LIMIT, VALUES_LIMIT } from '../http/body.ts'
import { countValues } from '../http/count-values.ts'
import { jsonEqual } from './json-equal.ts'

const OPERATIONS_LIMIT = 10_000
/** Names that access an object's prototype. No field has such a name. */
export const PROTOTYPE = /(^|\/)(__proto__|constructor|prototype)(\/|$)/
const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const
const FROM: ReadonlySet<string> = new Set(['move', 'copy'])
const NEED_VALUE: ReadonlySet<string> = new Set(['add', 'replace', 'test'])
const POINTER = /^(\/[^]*)?$/

/**
 * Bytes that all copies of a patch may add, as with kube-apiserver. A field that is copied into itself doubles, so without a limit a few operations
 * would fill the memory.
 */
const COPIES_LIMIT = BODY_LIMIT
/** Values that all copies may add. The bytes alone would allow a million, each of which is checked and compared as those of a body are. */
const COPIED_VALUES_LIMIT = 2 * VALUES_LIMIT

type Step = { readonly op: (typeof OPERATIONS)[number]; readonly path: string; readonly from: string; readonly value: Json }

const malformed = (what: string): StatusError => new StatusError('BadRequest', `the JSON patch is malformed: ${what}`)
const unappliable = (why: string): StatusError => new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`)
const tooDeep = (): StatusError => new StatusError('BadRequest', `the patched object nests deeper than ${DEPTH_LIMIT}`)

function pointerIn(operation: JsonObject, field: 'path' | 'from'): string {
  const pointer = operation[field]
  if (typeof pointer !== 'string' || !POINTER.test(pointer)) throw malformed(`${field} is not a JSON pointer`)
  if (PROTOTYPE.test(pointer)) throw new StatusError('BadRequest', 'the patch names a field that no object has')
  return pointer
}

function stepOf(operation: Json): Step {
  if (!isObject(operation)) throw malformed('an operation is not an object')
  const op = OPERATIONS.find((one) => one === operation['op'])
  if (op === undefined) throw malformed(`op is none of ${OPERATIONS.join(', ')}`)
  const { value } = operation
  if (value === undefined && NEED_VALUE.has(op)) throw malformed(`${op} has no value`)
  const from = FROM.has(op) ? pointerIn(operation, 'from') : ''
  return { op, path: pointerIn(operation, 'path'), from, value: value ?? null }
}

function stepsIn(patch: Json): readonly Step[] {
  if (!Array.isArray(patch)) throw new StatusError('BadRequest', 'a JSON patch is a list of operations')
  if (patch.length > OPERATIONS_LIMIT)
    throw new StatusError('RequestEntityTooLarge', `the patch has ${patch.length} operations; at most ${OPERATIONS_LIMIT} are allowed`)
  return (patch as readonly Json[]).map(stepOf)
}

/** The value at a pointer, or undefined. The library would also find what strings, lists and objects inherit, such as their length. */
function valueAt(pointer: Pointer, target: JsonObject): Json | undefined {
  let value: Json | undefined = target
  for (const token of pointer.tokens.slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token) || (Array.isArray(value) && token === 'length')) return undefined
    value = (value as JsonObject)[token]
  }
  return value
}

const at = (path: string, target: JsonObject): Json | undefined => valueAt(Pointer.fromJSON(path), target)

/** @throws StatusError Invalid unless there is a value to take, and an object or list to put it into */
function checkPlaces({ op, path, from }: Step, target: JsonObject): void {
  const taken = FROM.has(op) ? at(from, target) : op === 'add' ? null : at(path, target)
  const parent = valueAt(Pointer.fromJSON(path).parent(), target)
  if (taken === undefined || typeof parent !== 'object' || parent === null) throw unappliable('MissingError')
}

type Copied = { readonly bytes: number; readonly values: number }

/** What a copy adds. @throws StatusError BadRequest for a value that nests too deep */
function copiedBy({ from }: Step, target: JsonObject): Copied {
  const value = at(from, target) ?? null
  if (isDeeper(value, DEPTH_LIMIT)) throw tooDeep()
  const text = Buffer.from(JSON.stringify(value))
  return { bytes: text.length, values: countValues(text) }
}

/** What all copies so far add. @throws StatusError RequestEntityTooLarge for more than a body can hold */
function addedTo(before: Copied, { bytes, values }: Copied): Copied {
  const all = { bytes: before.bytes + bytes, values: before.values + values }
  if (all.bytes <= COPIES_LIMIT && all.values <= COPIED_VALUES_LIMIT) return all
  const most = all.bytes > COPIES_LIMIT ? `${COPIES_LIMIT} bytes` : `${COPIED_VALUES_LIMIT} values`
  throw new StatusError('RequestEntityTooLarge', `the copies of the patch have more than ${most}`)
}

/**
 * RFC 6902. The library does the rest: it finds out by the shortest difference whether a `test` passes, which takes exponential time for nested lists.
 * @throws StatusError BadRequest for a malformed patch, Invalid for one that does not apply, RequestEntityTooLarge for one that copies too much
 */
export function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  const steps = stepsIn(patch)
  const result = structuredClone(target)
  let copied: Copied = { bytes: 0, values: 0 }
  for (const step of steps) {
    checkPlaces(step, result)
    if (step.op === 'copy') copied = addedTo(copied, copiedBy(step, result))
    if (step.op === 'test') {
      if (!jsonEqual(at(step.path, result), step.value)) throw unappliable('TestError')
      continue
    }
    const [failed] = applyPatch(result, [step])
    if (failed !== null) throw unappliable(failed?.name ?? 'MissingError')
  }
  if (isDeeper(result, DEPTH_LIMIT)) throw tooDeep()
  return result
}
