/**
 * Refuses requests on Secrets that would reveal a value the client does not know: a selector on data, a JSON Patch that tests a value or
 * copies it to a visible place, and writes whose success depends on whether a guess is right and that change nothing if it is wrong. The
 * last group is any write to an immutable Secret, and server-side apply without force, where a conflict means "other value". Such an apply
 * is first tried with other values (other-values.ts) and is refused here only if it cannot be read.
 *
 * NOT closed: a write that overwrites the value with a guess, followed by a check whether resourceVersion changed. It needs a grant to
 * write, destroys the value if the guess is wrong, and is recorded. docs/reference/masking.md has the complete list.
 */
import { chosenByOperations, chosenIn } from './chosen-keys.ts'
import { readFieldSelector } from '../../selectors/field-selector.ts'
import { readLabelSelector } from '../../selectors/label-selector.ts'
import { readFieldPath, type Way } from '../json/fields/field-path.ts'
import { JSON_PATCH, mediaType } from '../../media-type.ts'
import { readWritten } from './unambiguous-json.ts'

export type SecretRead = {
  /** `secrets` for the core resource. No other resource has an oracle here. */
  readonly resource: string
  readonly fieldSelector?: string | undefined
  readonly contentType?: string | undefined
  /** As the agent sent it, with placeholders not yet restored. */
  readonly body?: Buffer | undefined
  /** The query parameter `force`, for server-side apply. Defaults to not forced. */
  readonly force?: boolean | undefined
  /** Whether the live Secret is immutable, if the request names an existing one. Defaults to not immutable. */
  readonly immutable?: boolean | undefined
  /** Needed to read an apply that is YAML and not JSON. If it is absent or throws, the apply is refused unless forced. */
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

/** Whether a selected field is on a hidden path, or above or below it. */
function selects(selected: readonly string[], way: Way): boolean {
  return way.slice(0, selected.length).every((step, at) => typeof step === 'string' || step.field === selected[at])
}

type Selectors = { readonly fieldSelector?: string | undefined; readonly labelSelector?: string | undefined }

/**
 * Refuses selectors on a field that a policy hides, which would test guesses of its value: field selectors on fields that a kind makes
 * selectable (`selectableFields` of a custom resource), and label selectors.
 * @param fields the paths that are hidden on the route
 * @throws StatusError BadRequest if a selector cannot be parsed
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

/** Whether the write must first be tried with other values. */
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

/** Whether a write sets values that the agent supplies itself: anything except placeholders. A body that cannot be read may. */
function mayGuess(tree: unknown): boolean {
  const chosen = Array.isArray(tree) ? chosenByOperations(tree as unknown[]) : chosenIn(tree)
  return chosen === 'all' || chosen.length > 0
}
