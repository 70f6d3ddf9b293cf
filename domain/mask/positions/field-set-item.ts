/**
 * Masks names in FieldsV1 (managedFields) that quote values: `v:"x"` is an item of a set, `k:{"name":"x"}` one of a list. Hidden text is
 * replaced inside the quotes, so that the result is still a valid FieldsV1 name.
 */
import { isDeeper } from '../../is-object.ts'
import { MASK_TEXT } from '../secret/mask-text.ts'
import { fieldOf, NAME } from './field-class.ts'
import { looksLikeName } from './reference-text.ts'

/** Prefixes of the name of a field, of a list item identified by its keys, and of a set item. */
export const FIELD = 'f:'
const KEYS = 'k:'
const ITEM = 'v:'
/** Maximum depth of a list item. A deeper one is hidden. */
export const DEEPEST_ITEM = 100

/** All items, or these fields of `k:`. */
export type HiddenItems = 'all' | ReadonlySet<string>

export type ItemRules = {
  readonly hidden: HiddenItems | undefined
  /** Whether a complete text is structural in this list. */
  readonly keeps: (text: string) => boolean
  /** Returns the text without known values. */
  readonly mask: (text: string) => string
}

/** Returns the masked name, or the same text if it quotes nothing to hide. */
export function maskItem(name: string, rules: ItemRules): string {
  const begins = name.slice(0, ITEM.length)
  if (begins !== KEYS && begins !== ITEM) return name
  const value = parse(name.slice(ITEM.length))
  if (value === undefined) return rules.hidden !== undefined || rules.mask(name) !== name ? `${ITEM}"${MASK_TEXT}"` : name
  const left = begins === ITEM ? maskLeaf(value, rules, rules.hidden === 'all') : maskKeys(value, rules)
  return left === value ? name : `${begins}${JSON.stringify(left)}`
}

function maskLeaf(value: unknown, { keeps, mask }: ItemRules, hidden: boolean): unknown {
  if (hidden) return MASK_TEXT
  if (typeof value === 'string') return keeps(value) ? value : mask(value)
  if (typeof value !== 'object' || value === null) return value
  if (isDeeper(value, DEEPEST_ITEM)) return MASK_TEXT
  const text = JSON.stringify(value)
  return mask(text) === text ? value : MASK_TEXT
}

function maskKeys(keys: unknown, rules: ItemRules): unknown {
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) return maskLeaf(keys, rules, rules.hidden !== undefined)
  const { hidden } = rules
  let changed = false
  const left = Object.entries(keys).map(([field, value]: [string, unknown]): [string, unknown] => {
    const keeps = (text: string): boolean => fieldOf(field).of === NAME && looksLikeName(text)
    const leaf = maskLeaf(value, { ...rules, keeps }, hidden === 'all' || hidden?.has(field) === true)
    changed ||= leaf !== value
    return [field, leaf]
  })
  return changed ? Object.fromEntries(left) : keys
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Two hidden items in one object would have the same name, so the second and later ones get a number. */
export function numbered(name: string, number: number): string {
  return number === 1 ? name : name.replace(MASK_TEXT, `${MASK_TEXT}${number}`)
}
