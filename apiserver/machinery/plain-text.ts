import { plainTextProblem } from '../../domain/plain-text.ts'
import { invalid, type StatusCause } from '../../domain/status-error.ts'
import type { Json } from '../storage/port.ts'
import type { Kind, KubeObject } from './kind.ts'

/** What `kubectl apply` keeps ends with a line feed. `kubectl describe` leaves that out. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const textOf = (path: string, text: string): string => (path === `metadata.annotations[${LAST_APPLIED}]` ? text.replace(/\n$/, '') : text)

const below = (path: string, key: string): string => (/^\w+$/.test(key) ? `${path}.${key}` : `${path}[${key}]`)

/** What others do not read as it is: `skip` names the fields, by their paths without indexes. */
type Walk = { readonly skip: ReadonlySet<string> }

function causesIn(value: Json | undefined, old: Json | undefined, path: string, walk: Walk): readonly StatusCause[] {
  if (walk.skip.has(path.replaceAll(/\[\d+\]/g, ''))) return []
  if (typeof value === 'string') {
    const message = value === old ? undefined : plainTextProblem(textOf(path, value))
    return message === undefined ? [] : [{ reason: 'FieldValueInvalid', field: path, message }]
  }
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const before = Array.isArray(old) ? (old as readonly Json[]) : []
    return (value as readonly Json[]).flatMap((item, index) => causesIn(item, before[index], `${path}[${index}]`, walk))
  }
  const before = typeof old === 'object' && old !== null && !Array.isArray(old) ? (old as { readonly [key: string]: Json }) : {}
  return Object.entries(value).flatMap(([key, item]) => {
    const message = Object.hasOwn(before, key) ? undefined : plainTextProblem(key)
    const own: readonly StatusCause[] =
      message === undefined ? [] : [{ reason: 'FieldValueInvalid', field: path, message: `${message} (in the name of a field)` }]
    return [...own, ...causesIn(item, before[key], below(path, key), walk)]
  })
}

/**
 * Checks every text that an object has and `old` has not. What was stored before the check was there can still be decided about.
 * @throws StatusError Invalid, with the path of each field
 */
export function checkPlainText(
  kind: Pick<Kind, 'kind'>,
  next: KubeObject,
  { old, skip = [] }: { readonly old?: KubeObject; readonly skip?: readonly string[] } = {},
): void {
  const walk = { skip: new Set(['metadata.managedFields', ...skip]) }
  const causes = (['metadata', 'spec', 'status'] as const).flatMap((part) =>
    causesIn(next[part] as Json | undefined, old?.[part] as Json | undefined, part, walk),
  )
  if (causes.length > 0) throw invalid(kind.kind, next.metadata.name, causes.slice(0, 20))
}
