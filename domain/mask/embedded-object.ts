/**
 * Annotations of a Secret that hold the Secret once more (kubectl's last-applied, kapp's original): values inside are masked, the
 * rest stays, so that `kubectl apply` still finds the fields it set. An annotation named like one of these that cannot be read is
 * replaced. Values here may be older than the live ones, so their placeholders do not vary with the value.
 */
import { MASK_TEXT } from './mask-text.ts'
import type { Place, Placeholders } from './placeholders.ts'

export type Embedding = { place: Place; placeholders: Placeholders; shown: (key: string) => boolean }

const COPIES = /last-applied|original|applied-config|previous|snapshot|manifest|checksum|hash/i
const DEEPEST = 4

/** Whether an annotation of this name is taken for a copy of its object. */
export function isCopy(name: string): boolean {
  return COPIES.test(name)
}

/** The annotation's text as it may leave; the same text when there is nothing to mask. */
export function maskEmbedded(name: string, text: string, embedding: Embedding, deep = 0): string {
  const tree = parse(text)
  const copy = isCopy(name)
  if (typeof tree !== 'object' || tree === null) return copy ? MASK_TEXT : text
  if (deep >= DEEPEST) return MASK_TEXT
  const masked = maskTree(tree, embedding, deep)
  if (masked) return JSON.stringify(tree) + (text.endsWith('\n') ? '\n' : '')
  return copy && !isManifest(tree) ? MASK_TEXT : text
}

function parse(text: string): unknown {
  if (!/^\s*[{["]/.test(text)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isManifest(tree: object): boolean {
  return !Array.isArray(tree) && 'kind' in tree && 'metadata' in tree
}

/** Masks in place; says whether there was anything. */
function maskTree(node: unknown, embedding: Embedding, deep: number): boolean {
  if (Array.isArray(node)) return node.map((item) => maskTree(item, embedding, deep)).includes(true)
  if (typeof node !== 'object' || node === null) return false
  const object = node as Record<string, unknown>
  let found = false
  for (const [field, value] of Object.entries(object)) {
    if (field === 'data' || field === 'stringData') found = maskValues(object, field, embedding) || found
    else if (field === 'annotations' && typeof value === 'object' && value !== null) found = maskAnnotations(value, embedding, deep) || found
    else found = maskTree(value, embedding, deep) || found
  }
  return found
}

function maskValues(object: Record<string, unknown>, field: 'data' | 'stringData', { place, placeholders, shown }: Embedding): boolean {
  const values = object[field]
  if (values === null || values === undefined) return false
  if (typeof values !== 'object' || Array.isArray(values)) {
    object[field] = MASK_TEXT
    return true
  }
  const masked = Object.keys(values).map((key): [string, unknown] => {
    if (shown(key)) return [key, (values as Record<string, unknown>)[key]]
    const text = placeholders.unvarying({ ...place, key })
    return [key, field === 'data' ? text : Buffer.from(text, 'base64').toString('latin1')]
  })
  object[field] = Object.fromEntries(masked)
  return true
}

function maskAnnotations(annotations: object, embedding: Embedding, deep: number): boolean {
  const record = annotations as Record<string, unknown>
  let found = false
  for (const [name, value] of Object.entries(record)) {
    if (typeof value !== 'string') continue
    const left = maskEmbedded(name, value, embedding, deep + 1)
    if (left === value) continue
    record[name] = left
    found = true
  }
  return found
}
