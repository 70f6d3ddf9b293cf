/**
 * Where a write or a JSON Pointer meets fields that a policy hides. Copies of the object in annotations hold the fields once more,
 * and managedFields hold items of lists, so they count as hidden wherever anything is.
 */
import { isCopy } from '../secret/embedded-object.ts'
import { readFieldPath, throughElement, throughField, type Way } from '../json/fields/field-path.ts'

/** What is left of the paths of hidden fields, from a place in an object on. One with nothing left hides the place. */
export type Goals = readonly { readonly way: Way }[]
export type Path = readonly string[]

export const goalsOf = (fields: readonly string[]): Goals => fields.map((field) => ({ way: readFieldPath(field) }))
export const hides = (goals: Goals): boolean => goals.some(({ way }) => way.length === 0)

/** One step on. What is hidden stays hidden below. Whether a place is a field or an element is not always known: then both. */
export function into(goals: Goals, step: string, kind: 'field' | 'element' | 'either'): Goals {
  const below = goals.filter(({ way }) => way.length === 0)
  const fields = kind === 'element' ? [] : throughField(goals, step)
  const elements = kind === 'field' ? [] : throughElement(goals)
  return [...below, ...fields, ...elements]
}

/** Whether the place that a JSON Pointer names is hidden, lies below what is hidden, or holds it. */
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

/** The steps of a JSON Pointer as evanphx/json-patch takes it apart; undefined for one that begins without a slash. */
export function readPointer(pointer: string): Path | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
