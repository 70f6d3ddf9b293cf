import { CELLS, COLUMNS, COPY, FIELDS_V1, FREE, MANAGED_FIELDS, METADATA, OBJECT, ROWS, STRUCTURE, TEMPLATE, type FieldClass } from './field-class.ts'

/** What an object is, by the fields it is below. */
export const IN_DOCUMENT = 0
const IN_FIELDS = 1
export const IN_STRUCTURE = 2
export const IN_FREE = 3
export const IN_METADATA = 4
export const IN_ENTRY = 5
export const IN_SET = 6
export const IN_COLUMNS = 7
const IN_ROWS = 8
export const IN_CELLS = 9

export function arrayIn(state: number, of: FieldClass): number {
  if (state === IN_ROWS && of === CELLS) return IN_CELLS
  return state === IN_CELLS ? IN_FREE : state
}

export function objectIn(state: number, of: FieldClass): number {
  return FIXED.get(state)?.(of) ?? inFields(state, of)
}

/** What an object is in places where its own field name decides nothing else. */
const FIXED = new Map<number, (of: FieldClass) => number | undefined>([
  [IN_FREE, (of: FieldClass) => (of === TEMPLATE ? IN_FIELDS : IN_FREE)],
  [IN_STRUCTURE, () => IN_STRUCTURE],
  [IN_SET, () => IN_SET],
  [IN_COLUMNS, () => IN_COLUMNS],
  [IN_CELLS, () => IN_FREE],
  [IN_ENTRY, (of: FieldClass) => (of === FIELDS_V1 ? IN_SET : IN_ENTRY)],
  [IN_METADATA, (of: FieldClass) => (of === MANAGED_FIELDS ? IN_ENTRY : undefined)],
])

/** What an object is by its field name, anywhere. */
const BY_FIELD: ReadonlyMap<FieldClass, number> = new Map([
  [FREE, IN_FREE],
  [COPY, IN_FREE],
  [STRUCTURE, IN_STRUCTURE],
])

function inFields(state: number, of: FieldClass): number {
  const known = BY_FIELD.get(of)
  if (known !== undefined) return known
  if (of === OBJECT) return state === IN_ROWS || state === IN_DOCUMENT ? IN_DOCUMENT : IN_FIELDS
  if (state !== IN_DOCUMENT) return IN_FIELDS
  // Elsewhere a field with this name may contain settings (KEDA, Dapr), so its strings are classified by their own fields.
  if (of === METADATA) return IN_METADATA
  if (of === COLUMNS) return IN_COLUMNS
  return of === ROWS ? IN_ROWS : IN_FIELDS
}
