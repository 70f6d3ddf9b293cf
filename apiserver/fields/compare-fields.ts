import type { Schema } from '../../domain/api/schema.ts'
import { jsonEqual } from '../machinery/write/json-equal.ts'
import type { Json } from '../storage/port.ts'
import { fieldSet, LEAF, NONE, union, type FieldSet } from './field-set.ts'
import { partsOf, type FieldPart } from './field-parts.ts'

/** Every field that a value has: structured-merge-diff's ToFieldSet. */
export function fieldsOf(schema: Schema, value: Json): FieldSet {
  const parts = partsOf(schema, value)
  if (parts === undefined || parts.size === 0) return LEAF
  return fieldSet(
    false,
    [...parts].map(([element, part]): [string, FieldSet] => {
      const inner = fieldsOf(part.schema, part.value)
      return [element, part.item ? union(LEAF, inner) : inner]
    }),
  )
}

/** Difference between two values. `written`: added or changed. */
export type Difference = { readonly written: FieldSet; readonly removed: FieldSet }
const NO_DIFFERENCE: Difference = { written: NONE, removed: NONE }

function leafDifference(before: Json | undefined, after: Json | undefined): Difference {
  if (after === undefined) return { written: NONE, removed: LEAF }
  return before !== undefined && jsonEqual(before, after) ? NO_DIFFERENCE : { written: LEAF, removed: NONE }
}

const NOTHING: ReadonlyMap<string, FieldPart> = new Map()

/** structured-merge-diff's Compare; undefined means that the value is absent. */
export function compare(schema: Schema, before: Json | undefined, after: Json | undefined): Difference {
  const left = partsOf(schema, before) ?? NOTHING
  const right = partsOf(schema, after) ?? NOTHING
  if (left.size === 0 && right.size === 0) return leafDifference(before, after)
  const differences = [...new Map([...left, ...right])].map(([element, part]): readonly [string, Difference] => [
    element,
    compare(part.schema, left.get(element)?.value, right.get(element)?.value),
  ])
  return {
    written: fieldSet(
      before === undefined,
      differences.map(([element, { written }]) => [element, written]),
    ),
    removed: fieldSet(
      after === undefined,
      differences.map(([element, { removed }]) => [element, removed]),
    ),
  }
}
