import { stringify } from 'yaml'

export type Shown = { readonly [key: string]: unknown }

/** What the server writes by itself, and what differs without a meaning. */
const NOISE: ReadonlySet<string> = new Set(['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink'])
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const isObject = (value: unknown): value is Shown => typeof value === 'object' && value !== null && !Array.isArray(value)

function quietMetadata(metadata: unknown): unknown {
  if (!isObject(metadata)) return metadata
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !NOISE.has(key)))
  if (!isObject(kept['annotations'])) return kept
  const { [LAST_APPLIED]: _, ...annotations } = kept['annotations']
  return { ...kept, annotations }
}

/** An object as the lines of YAML that an approver reads. `withStatus` for operations on the status itself. */
export function showObject(object: Shown, withStatus: boolean): readonly string[] {
  const { status, ...rest } = object
  const shown = { ...rest, ...('metadata' in rest ? { metadata: quietMetadata(rest['metadata']) } : {}), ...(withStatus ? { status } : {}) }
  // Control characters are escaped by quoting, so none reaches a terminal.
  return stringify(shown, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split('\n')
}
