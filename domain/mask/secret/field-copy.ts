/** Annotations that contain a copy of an object (kubectl's last-applied), where a policy hides fields of the object. */
import { isDeeper } from '../../is-object.ts'
import { isCopy, mayTell, printed } from './embedded-object.ts'
import { readFieldPath, throughElement, throughField, type Way } from '../json/fields/field-path.ts'
import { MASK_TEXT } from './mask-text.ts'

type Goal = { readonly way: Way }
const DEEPEST = 100

/** Returns the masked text of the annotation. */
export function hideInCopy(name: string, text: string, fields: readonly string[]): string {
  if (!isCopy(name)) return text
  const tree = parse(text)
  if (typeof tree !== 'object' || tree === null) return mayTell(name, text) ? MASK_TEXT : text
  if (isDeeper(tree, DEEPEST)) return MASK_TEXT
  return printed(
    hide(
      tree,
      fields.map((field) => ({ way: readFieldPath(field) })),
    ) as object,
    text,
  )
}

function hide(node: unknown, goals: readonly Goal[]): unknown {
  if (goals.some(({ way }) => way.length === 0)) return hideAll(node)
  if (goals.length === 0 || typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((item) => hide(item, throughElement(goals)))
  return Object.fromEntries(Object.entries(node).map(([field, value]) => [field, hide(value, throughField(goals, field))]))
}

function hideAll(node: unknown): unknown {
  if (typeof node === 'string') return MASK_TEXT
  if (typeof node === 'number') return 0
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map(hideAll)
  return Object.fromEntries(Object.entries(node).map(([field, value]) => [field, hideAll(value)]))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
