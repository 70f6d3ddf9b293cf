/**
 * Annotations of a Secret that contain a copy of it (kubectl's last-applied, kapp's original). Values inside are masked and the rest stays,
 * so that `kubectl apply` still finds the fields it set. An annotation with such a name that cannot be parsed, and any compressed one, is
 * replaced. Values here may be older than the live ones, so their placeholders do not depend on the value.
 */
import { MASK_TEXT } from './mask-text.ts'
import type { SecretKeyRef, Placeholders } from './placeholders.ts'
import { isDeeper } from '../../is-object.ts'

export type Embedding = { place: SecretKeyRef; placeholders: Placeholders; shown: (key: string) => boolean }

/** A hash or checksum of a value can confirm a guess, so it counts as a copy. */
const COPIES = /applied|original|previous|snapshot|manifest|backup|checksum|hash|md5|sha256/i
/** How gzip, zlib, zstd and bzip2 begin in base64. A shorter text cannot be compressed data: zlib's header and checksum alone are 8 bytes. */
const COMPRESSED = /^\s*(H4sI|eJ[wxyz]|eNo|eAE|KLUv|Qlpo)[A-Za-z0-9+/_-]{7}/
const DEEPEST_COPY = 4
const DEEPEST = 100

type Tree = Record<string, unknown>

/** Whether an annotation with this name is treated as a copy of its object. */
export function isCopy(name: string): boolean {
  return COPIES.test(name)
}

/** Returns the masked text of an annotation, or the same text if there is nothing to mask. */
export function maskEmbedded(name: string, text: string, embedding: Embedding): string {
  return maskCopy(name, text, { ...embedding, copies: 0 })
}

type Inside = Embedding & { readonly copies: number }

function maskCopy(name: string, text: string, inside: Inside): string {
  if (COMPRESSED.test(text)) return MASK_TEXT
  const tree = parse(text)
  if (typeof tree !== 'object' || tree === null) return mayTell(name, text) ? MASK_TEXT : text
  if (inside.copies >= DEEPEST_COPY || isDeeper(tree, DEEPEST)) return MASK_TEXT
  if (maskTree(tree, inside)) return printed(tree, text)
  return isCopy(name) && !isManifest(tree) ? MASK_TEXT : text
}

/** For text that is not JSON. An empty text reveals nothing. */
export function mayTell(name: string, text: string): boolean {
  return isCopy(name) && text.trim() !== ''
}

export function printed(tree: object, like: string): string {
  return JSON.stringify(tree) + (like.endsWith('\n') ? '\n' : '')
}

function parse(text: string): unknown {
  if (!/^\s*[{["]/.test(text)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isTree(node: unknown): node is Tree {
  return typeof node === 'object' && node !== null && !Array.isArray(node)
}

function isManifest(tree: object): boolean {
  return !Array.isArray(tree) && 'kind' in tree && 'metadata' in tree
}

/** Masks in place. Returns whether there was anything to mask. */
function maskTree(node: unknown, inside: Inside): boolean {
  if (Array.isArray(node)) return node.map((item) => maskTree(item, inside)).includes(true)
  if (!isTree(node)) return false
  return Object.keys(node)
    .map((field) => maskField(node, field, inside))
    .includes(true)
}

function maskField(object: Tree, field: string, inside: Inside): boolean {
  const value = object[field]
  if (field === 'data' || field === 'stringData') return maskValues(object, field, inside)
  if (field === 'annotations' && isTree(value)) return maskAnnotations(value, inside)
  return maskTree(value, inside)
}

function maskValues(object: Tree, field: 'data' | 'stringData', { place, placeholders, shown }: Inside): boolean {
  const values = object[field]
  if (values === null || values === undefined) return false
  if (!isTree(values)) {
    object[field] = MASK_TEXT
    return true
  }
  const masked = Object.keys(values).map((key): [string, unknown] => {
    if (shown(key)) return [key, values[key]]
    const text = placeholders.unvarying({ ...place, key })
    return [key, field === 'data' ? text : Buffer.from(text, 'base64').toString('latin1')]
  })
  object[field] = Object.fromEntries(masked)
  return true
}

function maskAnnotations(annotations: Tree, inside: Inside): boolean {
  let found = false
  for (const [name, value] of Object.entries(annotations)) {
    if (typeof value !== 'string') continue
    const left = maskCopy(name, value, { ...inside, copies: inside.copies + 1 })
    if (left === value) continue
    annotations[name] = left
    found = true
  }
  return found
}
