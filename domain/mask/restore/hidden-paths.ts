/**
 * Finds where a write or a JSON Pointer touches fields that a policy hides. Annotations with copies of the object repeat the fields, and
 * managedFields contains list items, so both count as hidden whenever any field is.
 */
import { isCopy } from '../secret/embedded-object.ts'
import { readFieldPath, throughElement, throughField, type Way } from '../json/fields/field-path.ts'

/** The rest of the paths of hidden fields, relative to a place in an object. A path with nothing left hides that place. */
export type Goals = readonly { readonly way: Way }[]
export type Path = readonly string[]

export const goalsOf = (fields: readonly string[]): Goals => fields.map((field) => ({ way: readFieldPath(field) }))
export const hides = (goals: Goals): boolean => goals.some(({ way }) => way.length === 0)

/** Goes one step down. A hidden place stays hidden below. If it is not known whether the step is a field or an element, it counts as both. */
export function into(goals: Goals, step: string, kind: 'field' | 'element' | 'either'): Goals {
  const below = goals.filter(({ way }) => way.length === 0)
  const fields = kind === 'element' ? [] : throughField(goals, step)
  const elements = kind === 'field' ? [] : throughElement(goals)
  return [...below, ...fields, ...elements]
}

/** Whether the place that a JSON Pointer names is hidden, is below a hidden place, or contains one. */
export function touches(path: Path, goals: Goals): boolean {
  if (goals.length === 0) return false
  const left = path.reduce<Goals>((before, step) => into(before, step, 'either'), goals)
  return left.length > 0 || holdsCopies(path)
}

function holdsCopies([metadata, field, name]: Path): boolean {
  if (metadata === undefined) return true
  if (metadata !== 'metadata') return false
  return field === undefined || field === 'managedFields' || (field === 'annotations' && (name === undefined || isCopy(name)))
}

/** Splits a JSON Pointer into steps as evanphx/json-patch does. Undefined if it does not begin with a slash. */
export function readPointer(pointer: string): Path | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
