/**
 * Determines the keys whose value a write to a Secret chose: all except those that it left unchanged, removed, or restored from their
 * placeholder. The response to a write shows the other keys as a read does, so that `kubectl diff` of an unchanged Secret is empty.
 * Placeholders of chosen keys do not depend on the value, so a dry run cannot test a guess.
 */
import { JSON_PATCH, mediaType } from '../../media-type.ts'
import { isPlaceholder } from '../secret/placeholders.ts'
import { readWritten } from './unambiguous-json.ts'

/** `all` if the keys cannot be determined. */
export type ChosenKeys = readonly string[] | 'all'

/** `body` is as the agent sent it, after restorePlaceholders accepted it. Only JSON is read: upstream may see other names in YAML. */
export function chosenKeys({ contentType, body }: { readonly contentType: string | undefined; readonly body: Buffer }): ChosenKeys {
  if (body.length === 0) return []
  const tree = readWritten(body, undefined)
  if ((mediaType(contentType) === JSON_PATCH) !== Array.isArray(tree)) return 'all'
  return Array.isArray(tree) ? chosenByOperations(tree as unknown[]) : chosenIn(tree)
}

/** For an object, a merge patch or an applied configuration. */
export function chosenIn(tree: unknown): ChosenKeys {
  if (typeof tree !== 'object' || tree === null) return 'all'
  const { data, stringData } = tree as Record<string, unknown>
  const [coded, plain] = [entries(data), entries(stringData)]
  if (coded === undefined || plain === undefined) return 'all'
  return [...coded.filter(([, value]) => !isShown(value)), ...plain].map(([key]) => key)
}

/** For a JSON Patch. */
export function chosenByOperations(operations: readonly unknown[]): ChosenKeys {
  const keys: string[] = []
  for (const operation of operations) {
    const chosen = chosenBy(operation)
    if (chosen === 'all') return 'all'
    keys.push(...chosen)
  }
  return keys
}

function chosenBy(operation: unknown): ChosenKeys {
  const { op, path, value } = typeof operation === 'object' && operation !== null ? (operation as Record<string, unknown>) : {}
  if (typeof path !== 'string') return 'all'
  if (op === 'test' || /^\/(metadata|type|immutable)(\/|$)/.test(path)) return []
  const key = /^\/data\/([^/]*)$/.exec(path)?.[1]
  if (key === undefined) return 'all'
  return leaves(op, value) ? [] : [key.replaceAll('~1', '/').replaceAll('~0', '~')]
}

/** Whether the operation removes the value or restores it. */
function leaves(op: unknown, value: unknown): boolean {
  return op === 'remove' || ((op === 'add' || op === 'replace') && isShown(value))
}

function entries(field: unknown): [string, unknown][] | undefined {
  if (field === undefined || field === null) return []
  return typeof field === 'object' && !Array.isArray(field) ? Object.entries(field) : undefined
}

/** Null removes a key. */
function isShown(value: unknown): boolean {
  return value === null || (typeof value === 'string' && isPlaceholder(Buffer.from(value, 'base64').toString('latin1')))
}
