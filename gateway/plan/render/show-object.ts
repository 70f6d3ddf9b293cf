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

type Showing = { readonly withStatus: boolean; /** JSON for large objects: it takes a hundredth of the time. */ readonly as: 'yaml' | 'json' }

/** Renders a value as lines. Control and invisible characters are escaped before the lines are cut, since escapes make them longer. */
export function linesOf(value: unknown, as: Showing['as']): readonly string[] {
  const text = as === 'json' ? JSON.stringify(value, undefined, 2) : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
  return text.split('\n').map(printable)
}

/** Renders an object as the lines that an approver reads. `before` is its earlier state, if `object` is the result of an operation. */
export function showObject(object: Shown, { withStatus, as }: Showing, before?: Shown): readonly string[] {
  return linesOf(withShortLastApplied(withoutNoise(object, withStatus), before), as)
}
