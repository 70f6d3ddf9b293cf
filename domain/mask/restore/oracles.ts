/**
 * Requests on Secrets that read a value without being given it: a selector on data, a JSON Patch that tests a value or copies it to
 * where it is shown, and writes that fail or succeed by whether a guess is right and change nothing when it is wrong: any write to an
 * immutable Secret, and server-side apply without force (a conflict says "other value"), which is tried with other values first
 * (other-values.ts) and refused here only when it cannot be read.
 *
 * What is NOT closed: a write that overwrites the value with a guess and then looks whether resourceVersion moved. It needs a grant
 * to write, destroys the value when the guess is wrong, and stands in the records. docs/reference/masking.md has the whole list.
 */
import { chosenByOperations, chosenIn } from './chosen-keys.ts'
import { readFieldSelector } from '../../selectors/field-selector.ts'
import { readLabelSelector } from '../../selectors/label-selector.ts'
import { readFieldPath, type Way } from '../json/fields/field-path.ts'
import { mediaType } from '../media-type.ts'
import { readWritten } from './unambiguous-json.ts'

export { mediaType } from '../media-type.ts'

export type SecretRead = {
  /** `secrets` for the core resource; any other resource has no oracle here. */
  readonly resource: string
  readonly fieldSelector?: string | undefined
  readonly contentType?: string | undefined
  /** As the agent sent it, placeholders not yet restored. */
  readonly body?: Buffer | undefined
  /** `force` of the query, for server-side apply. Absent: not forced. */
  readonly force?: boolean | undefined
  /** Whether the live Secret is immutable, when the request names one that exists. Absent: it is not. */
  readonly immutable?: boolean | undefined
  /** Needed to read an apply that is YAML and no JSON. Absent, or when it throws: refused unless forced. */
  readonly parseYaml?: (text: string) => unknown
}

export type OracleRefusal = { readonly code: 403; readonly reason: 'Forbidden'; readonly message: string }

const SELECTABLE = new Set(['metadata.name', 'metadata.namespace', 'type'])
const TESTABLE = new Set([
  '/metadata/name',
  '/metadata/namespace',
  '/metadata/uid',
  '/metadata/resourceVersion',
  '/metadata/generation',
  '/type',
  '/immutable',
])
const JSON_PATCH = 'application/json-patch+json'
const UNTESTABLE = 'a JSON Patch "test" on a Secret could read a value: leave the test out, or test /metadata/resourceVersion'
const UNREADABLE = 'this JSON Patch cannot be read, so it is not sent to Secrets'

export function refuseOracle(read: SecretRead): OracleRefusal | undefined {
  if (read.resource !== 'secrets') return undefined
  const why = refuseSelector(read.fieldSelector) ?? (read.body === undefined || read.body.length === 0 ? undefined : refuseBody(read, read.body))
  return why === undefined ? undefined : forbidden(why)
}

function refuseSelector(fieldSelector = ''): string | undefined {
  const bad = selectedFields(fieldSelector).some((field) => !SELECTABLE.has(field))
  return bad ? 'a field selector on Secrets may name metadata.name, metadata.namespace and type only' : undefined
}

const forbidden = (message: string): OracleRefusal => ({ code: 403, reason: 'Forbidden', message })

/** Whether a field that is selected on lies on a hidden path, above or below it. */
function selects(selected: readonly string[], way: Way): boolean {
  return way.slice(0, selected.length).every((step, at) => typeof step === 'string' || step.field === selected[at])
}

type Selectors = { readonly fieldSelector?: string | undefined; readonly labelSelector?: string | undefined }

/**
 * A selector on a field that a policy hides would test guesses of it: on fields that a kind lets select (`selectableFields` of a custom
 * resource), and on labels.
 * @param fields the paths that are hidden on the route
 * @throws StatusError BadRequest for a selector that cannot be parsed
 */
export function refuseHiddenSelector(
  { fieldSelector = '', labelSelector = '' }: Selectors,
  fields: readonly string[] = [],
): OracleRefusal | undefined {
  if (fields.length === 0) return undefined
  const ways = fields.map(readFieldPath)
  if (selectedFields(fieldSelector).some((field) => ways.some((way) => selects(field.split('.'), way))))
    return forbidden('a field selector may not name a field that a policy hides')
  const keys = readLabelSelector(labelSelector).map(({ key }) => key)
  return ways.some((way) => selectsLabel(keys, way)) ? forbidden('a label selector may not name a label that a policy hides') : undefined
}

function selectsLabel(keys: readonly string[], way: Way): boolean {
  if (!selects(['metadata', 'labels'], way)) return false
  const [, , label] = way
  return keys.some((key) => label === undefined || typeof label === 'string' || label.field === key)
}

const selectedFields = (fieldSelector: string): readonly string[] => readFieldSelector(fieldSelector).map(({ field }) => field)

function refuseBody(read: SecretRead, body: Buffer): string | undefined {
  const type = mediaType(read.contentType)
  const tree = readWritten(body, read.parseYaml)
  const refused = type === JSON_PATCH ? refusePatch(tree) : undefined
  if (refused !== undefined) return refused
  if (isApply(type) && read.force !== true && chosenIn(tree) === 'all')
    return 'server-side apply of a Secret that can be read in two ways could test a guess by its conflict: send JSON, or add --force-conflicts'
  if (read.immutable === true && mayGuess(tree))
    return 'this Secret is immutable, so writing values could only test a guess: leave data out, or delete it and create another'
  return undefined
}

const isApply = (type: string): boolean => type.startsWith('application/apply-patch')

/** Whether the write is to be tried with other values first. */
export function comparesValues({ resource, contentType, body, force, parseYaml }: SecretRead): boolean {
  if (resource !== 'secrets' || force === true || body === undefined || !isApply(mediaType(contentType))) return false
  return mayGuess(readWritten(body, parseYaml))
}

function refusePatch(operations: unknown): string | undefined {
  if (!Array.isArray(operations)) return UNREADABLE
  return (operations as unknown[]).map(refuseOperation).find((why) => why !== undefined)
}

function refuseOperation(operation: unknown): string | undefined {
  const { op, path, from } = fieldsOf(operation)
  if (op === 'add' || op === 'replace' || op === 'remove') return undefined
  if (op === 'test') return isTestable(path) ? undefined : UNTESTABLE
  if (op === 'move' || op === 'copy') return inData(from) && inData(path) ? undefined : 'a JSON Patch on a Secret may move or copy within data only'
  return UNREADABLE
}

function fieldsOf(node: unknown): Partial<Record<string, unknown>> {
  return typeof node === 'object' && node !== null ? node : {}
}

function isTestable(path: unknown): boolean {
  return typeof path === 'string' && (TESTABLE.has(path) || path.startsWith('/metadata/labels/'))
}

function inData(path: unknown): boolean {
  return typeof path === 'string' && /^\/data\/[^/]+$/.test(path)
}

/** Whether a write sets values that the agent has from elsewhere: all but placeholders. What cannot be read may. */
function mayGuess(tree: unknown): boolean {
  const chosen = Array.isArray(tree) ? chosenByOperations(tree as unknown[]) : chosenIn(tree)
  return chosen === 'all' || chosen.length > 0
}
