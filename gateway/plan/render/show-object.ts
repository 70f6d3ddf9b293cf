import { stringify } from 'yaml'
import { printable } from '../body/printable.ts'
import { isObject } from '../../../domain/is-object.ts'

export type Shown = { readonly [key: string]: unknown }

/** Metadata that the server sets, and that changes without a change of the object. */
const NOISE: ReadonlySet<string> = new Set(['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink'])
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function quietMetadata(metadata: unknown): unknown {
  return isObject(metadata) ? Object.fromEntries(Object.entries(metadata).filter(([key]) => !NOISE.has(key))) : metadata
}

/** Removes metadata that the server sets. `withStatus` keeps the status, for operations that can change it. */
export function withoutNoise(object: Shown, withStatus: boolean): Shown {
  const { status, ...rest } = object
  return {
    ...rest,
    ...('metadata' in rest ? { metadata: quietMetadata(rest['metadata']) } : {}),
    ...(withStatus && status !== undefined ? { status } : {}),
  }
}

export function lastApplied(object: Shown | undefined): string | undefined {
  const metadata = isObject(object?.['metadata']) ? object['metadata'] : undefined
  const value = isObject(metadata?.['annotations']) ? metadata['annotations'][LAST_APPLIED] : undefined
  return typeof value === 'string' ? value : undefined
}

/** Shortens the last-applied annotation, which repeats the whole object. The result says whether it changes, not how. */
function withShortLastApplied(object: Shown, other: Shown | undefined): Shown {
  const own = lastApplied(object)
  if (own === undefined) return object
  const metadata = object['metadata'] as { readonly annotations: Shown }
  const before = lastApplied(other)
  const changed = before !== undefined && before !== own
  const annotations = { ...metadata.annotations, [LAST_APPLIED]: `(${changed ? 'changed, ' : ''}${own.length} characters)` }
  return { ...object, metadata: { ...metadata, annotations } }
}

/** `json` for large objects: it takes a hundredth of the time of `yaml`. `flat`: JSON whose lines have no indentation. */
export type Layout = 'yaml' | 'json' | 'flat'
type Showing = { readonly withStatus: boolean; readonly as: Layout }

/** Larger objects are shown as JSON, since rendering them as YAML takes seconds. */
const MAX_YAML_BYTES = 64 * 1024
/** Characters of indentation of one value. The largest objects of Kubernetes have a third of this. */
const MAX_INDENTATION = 8 * 1024 * 1024
const INDENT = 2

/**
 * Whether the indentation of a value is longer than it may be. A list of a million numbers within a hundred others would have 280 MB of it, and who writes an
 * object or a body decides how deep it nests. Without recursion, for the same reason.
 */
function isMostlyIndentation(value: unknown): boolean {
  let left = MAX_INDENTATION
  const open: { readonly node: unknown; readonly depth: number }[] = [{ node: value, depth: 1 }]
  for (let next = open.pop(); next !== undefined && left >= 0; next = open.pop()) {
    const { node, depth } = next
    if (typeof node !== 'object' || node === null) continue
    const below: readonly unknown[] = Object.values(node)
    left -= (below.length + 1) * depth * INDENT
    for (const each of below) if (typeof each === 'object' && each !== null) open.push({ node: each, depth: depth + 1 })
  }
  return left < 0
}

/** How to show values together, as the states of an object whose lines are compared. `bytes`: the size of the largest. */
export function layoutOf(values: readonly unknown[], bytes: number): Layout {
  if (values.some(isMostlyIndentation)) return 'flat'
  return bytes > MAX_YAML_BYTES ? 'json' : 'yaml'
}

/** Strings, and the signs of JSON at which a line begins or ends. */
const SIGNS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g

function brokenAt(sign: string): string {
  if (sign === '}' || sign === ']') return `\n${sign}`
  return sign === '{' || sign === '[' || sign === ',' ? `${sign}\n` : sign
}

const TEXT_OF: { readonly [L in Layout]: (value: unknown) => string } = {
  yaml: (value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd(),
  json: (value) => JSON.stringify(value, undefined, INDENT),
  flat: (value) => JSON.stringify(value).replaceAll(SIGNS, brokenAt),
}

/** Renders a value as a text of lines, in which control and invisible characters are not escaped yet. */
export const textOf = (value: unknown, as: Layout): string => TEXT_OF[as](value)

/** The lines of a text, with control and invisible characters escaped. Escape before cutting anything, since escapes make lines longer. */
export const printableLines = (text: string): readonly string[] => text.split('\n').map(printable)

/** Renders an object as the lines that an approver reads. `before` is its earlier state, if `object` is the result of an operation. */
export function showObject(object: Shown, { withStatus, as }: Showing, before?: Shown): readonly string[] {
  return printableLines(textOf(withShortLastApplied(withoutNoise(object, withStatus), before), as))
}
