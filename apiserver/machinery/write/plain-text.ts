import { plainTextProblem } from '../../../domain/api/plain-text.ts'
import { invalid, type StatusCause } from '../../../domain/status-error.ts'
import type { Json, JsonObject } from '../../storage/port.ts'
import type { Kind, KubeObject } from '../kind.ts'
import { isObject } from '../../../domain/is-object.ts'

/** The value that `kubectl apply` stores ends with a line feed. `kubectl describe` does not show this annotation. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const textOf = (path: string, text: string): string => (path === `metadata.annotations[${LAST_APPLIED}]` ? text.replace(/\n$/, '') : text)

const below = (path: string, key: string): string => (/^\w+$/.test(key) ? `${path}.${key}` : `${path}[${key}]`)

/** A value, the old value at the same path, and the paths to skip, without indexes. */
type Place = { readonly path: string; readonly value: Json | undefined; readonly old: Json | undefined; readonly skip: ReadonlySet<string> }

function causesInText(text: string, { path, old }: Place): readonly StatusCause[] {
  const message = text === old ? undefined : plainTextProblem(textOf(path, text))
  return message === undefined ? [] : [{ reason: 'FieldValueInvalid', field: path, message }]
}

function causesInName(name: string, { path, old }: Place): readonly StatusCause[] {
  const message = isObject(old) && Object.hasOwn(old, name) ? undefined : plainTextProblem(name)
  return message === undefined ? [] : [{ reason: 'FieldValueInvalid', field: path, message: `${message} (in the name of a field)` }]
}

function causesIn(place: Place): readonly StatusCause[] {
  const { path, value, old, skip } = place
  if (skip.has(path.replaceAll(/\[\d+\]/g, ''))) return []
  if (typeof value === 'string') return causesInText(value, place)
  if (Array.isArray(value)) {
    const before: readonly Json[] = Array.isArray(old) ? (old as readonly Json[]) : []
    return (value as readonly Json[]).flatMap((item, index) => causesIn({ path: `${path}[${index}]`, value: item, old: before[index], skip }))
  }
  if (!isObject(value)) return []
  const before: JsonObject = isObject(old) ? old : {}
  return Object.entries(value).flatMap(([name, item]) => [
    ...causesInName(name, place),
    ...causesIn({ path: below(path, name), value: item, old: before[name], skip }),
  ])
}

/**
 * Checks every string that differs from `old`. Requests stored before this check existed can therefore still be decided.
 * @throws StatusError Invalid, with the path of each field
 */
export function checkPlainText(
  kind: Pick<Kind, 'kind'>,
  next: KubeObject,
  { old, skip = [] }: { readonly old?: KubeObject; readonly skip?: readonly string[] } = {},
): void {
  const skipped = new Set(['metadata.managedFields', ...skip])
  const causes = (['metadata', 'spec', 'status'] as const).flatMap((part) =>
    causesIn({ path: part, value: next[part] as Json | undefined, old: old?.[part] as Json | undefined, skip: skipped }),
  )
  if (causes.length > 0) throw invalid(kind.kind, next.metadata.name, causes.slice(0, 20))
}
