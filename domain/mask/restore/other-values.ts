/**
 * Whether a write succeeds can reveal whether a value that it sets equals the current one: server-side apply reports conflicts, and some
 * fields cannot change. Such a write is therefore tried first with other values in place of the agent's. The outcome of the trial cannot
 * depend on the agent's values, because it does not contain them. If the trial fails, its error is the response.
 */
import { StatusError } from '../../status-error.ts'
import { isCopy } from '../secret/embedded-object.ts'
import { hides, into, readPointer, type Goals, type Path } from './hidden-paths.ts'

/** Returns an unpredictable integer from 0 to below `below`. */
export type Random = (below: number) => number
export type GuessOptions = {
  /** The body as the agent sent it, and as it is forwarded. Differences were restored from placeholders and are not guesses. */
  readonly sent: unknown
  readonly outgoing: unknown
  readonly isJsonPatch: boolean
  readonly random: Random
}

/** Which leaves of a write are compared with a hidden value. */
type Compared = (place: Goals, path: Path, leaf: string | number) => boolean

const MAX_DEPTH = 1000

const inValues: Compared = (_, path) => path.length === 2 && (path[0] === 'data' || path[0] === 'stringData')

/** The write with other values of Secrets, or undefined if it sets none. */
export function otherSecretValues(guesses: GuessOptions): unknown {
  const { random } = guesses
  const other: Vary = (leaf, [field]) => {
    const text = field === 'data' ? Buffer.from(String(leaf), 'base64').toString('utf8') : String(leaf)
    const made = isObject(text) ? JSON.stringify({ other: letters(random) }) : letters(random)
    return field === 'data' ? Buffer.from(made).toString('base64') : made
  }
  return vary(guesses, [], { compared: inValues, other })
}

/** The write with other values in fields that a policy hides, or undefined if it sets none of them. */
export function otherHiddenValues(guesses: GuessOptions, goals: Goals): unknown {
  const inHidden: Compared = (place, path, leaf) => isHiddenLeaf(leaf, { goals: place, path, root: goals })
  const { random } = guesses
  const other: Vary = (leaf) => (typeof leaf === 'number' ? otherNumber(leaf, random) : otherText(leaf, random))
  return vary(guesses, goals, { compared: inHidden, other })
}

/** The place of a leaf, and the paths of hidden fields from the root on. */
export type Leaf = { readonly goals: Goals; readonly path: Path; readonly root: Goals }

/** Whether a leaf is a text or number in a hidden place, or an annotation that contains one. Directives of a strategic merge patch do not count. */
export function isHiddenLeaf(leaf: unknown, { goals, path, root }: Leaf): boolean {
  if (typeof leaf !== 'string' && typeof leaf !== 'number') return false
  if (path.at(-1)?.startsWith('$') === true) return false
  if (hides(goals)) return true
  return isCopyPath(path) && root.length > 0 && copyHolds(String(leaf), root)
}

function isCopyPath(path: Path): boolean {
  const [metadata, annotations, name = ''] = path
  return path.length === 3 && metadata === 'metadata' && annotations === 'annotations' && isCopy(name)
}

/** Text that cannot be parsed, for example a checksum, may contain a hidden value. */
function copyHolds(text: string, root: Goals): boolean {
  try {
    const tree = JSON.parse(text) as unknown
    return typeof tree !== 'object' || setsHidden(tree, root)
  } catch {
    return true
  }
}

/** Whether a tree sets a hidden field. Not recursive, because the client controls the depth of the body. */
export function setsHidden(tree: unknown, root: Goals, start: { readonly goals: Goals; readonly path: Path } = { goals: root, path: [] }): boolean {
  const open: { readonly node: unknown; readonly goals: Goals; readonly path: Path }[] = [{ node: tree, ...start }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, goals, path } = next
    if (isHiddenLeaf(node, { goals, path, root })) return true
    if (typeof node !== 'object' || node === null) continue
    const kind = Array.isArray(node) ? 'element' : 'field'
    for (const [step, value] of Object.entries(node)) open.push({ node: value, goals: into(goals, step, kind), path: [...path.slice(0, 3), step] })
  }
  return false
}

type Vary = (leaf: string | number, path: Path) => string | number

function vary({ sent, outgoing, isJsonPatch }: GuessOptions, goals: Goals, by: { readonly compared: Compared; readonly other: Vary }): unknown {
  let found = false
  const walk = (before: unknown, after: unknown, at: { readonly goals: Goals; readonly path: Path }): unknown => {
    if (at.path.length > MAX_DEPTH) throw new StatusError('Invalid', 'the body sets hidden values and is nested too deeply')
    if (typeof after !== 'object' || after === null) {
      if (before !== after || (typeof after !== 'string' && typeof after !== 'number') || !by.compared(at.goals, at.path, after)) return after
      found = true
      return by.other(after, at.path)
    }
    const inList = Array.isArray(after)
    const entries = Object.entries(after).map(([step, value]): [string, unknown] => [
      step,
      walk(member(before, step), value, { goals: into(at.goals, step, inList ? 'element' : 'field'), path: [...at.path, step] }),
    ])
    return inList ? entries.map(([, value]) => value) : Object.fromEntries(entries)
  }
  const operation = (before: unknown, after: unknown): unknown => {
    const path = member(after, 'path')
    const steps = typeof path === 'string' ? readPointer(path) : undefined
    if (steps === undefined || (member(after, 'op') !== 'add' && member(after, 'op') !== 'replace')) return after
    const place = { goals: steps.reduce<Goals>((left, step) => into(left, step, 'either'), goals), path: steps }
    return { ...(after as object), value: walk(member(before, 'value'), member(after, 'value'), place) }
  }
  const operations: readonly unknown[] = isJsonPatch && Array.isArray(outgoing) ? outgoing : []
  const made = isJsonPatch ? operations.map((each, index) => operation(member(sent, String(index)), each)) : walk(sent, outgoing, { goals, path: [] })
  return found ? made : undefined
}

function member(node: unknown, step: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, step) ? (node as Record<string, unknown>)[step] : undefined
}

function isObject(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
const letters = (random: Random, count = 32): string => Array.from({ length: count }, () => ALPHABET[random(26)]).join('')

/**
 * Keeps the shape of the text, so that it still passes the field's format checks. A text with few letters and digits is extended, or a
 * random text could equal the value by chance.
 */
function otherText(text: string, random: Random): string {
  const shape = text.replaceAll(/[0-9]|[a-z]|[A-Z]/g, (sign) => {
    if (sign <= '9') return String((Number(sign) + 1 + random(9)) % 10)
    const first = sign >= 'a' ? 97 : 65
    return String.fromCharCode(first + ((sign.charCodeAt(0) - first + 1 + random(25)) % 26))
  })
  return text.replaceAll(/[^0-9a-zA-Z]/g, '').length >= 12 ? shape : `${shape}${letters(random, 16)}`
}

/** A 32-bit integer other than the given one. */
function otherNumber(number: number, random: Random): number {
  const other = 1 + random(2 ** 31 - 2)
  return other === number ? other - 1 : other
}
