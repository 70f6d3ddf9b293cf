/**
 * Restores a masked text outside Secrets that comes back in the same field of the same object. The live text is put in its place, so that
 * the write leaves the field unchanged. The decision depends only on what the agent sent and on the object as the agent reads it, never on
 * what a mask stands for. A mask is not restored if its field moved or the text around it was edited.
 */
import { isCopy } from '../secret/embedded-object.ts'
import { RestoreError } from './restore-error.ts'
import { containsMask } from './mask-remnants.ts'

/** One object twice: as the agent reads it, and as it is. */
export type SameObject = { readonly masked: unknown; readonly live: unknown }

type Path = readonly string[]
/** `whole`: the body is the whole object, so a hidden number comes back as the 0 that was shown. */
type Body = { readonly same: SameObject; readonly whole: boolean }
/** The same place in the object and in the copy of it in an annotation. */
type SameObjects = readonly SameObject[]

const DEEPEST = 100

/**
 * For a whole object, a merge patch, a strategic merge patch or an applied configuration.
 * @throws RestoreError
 */
export function restoreFields(body: unknown, { same, whole }: Body): unknown {
  return merge(body, [same], { path: [], whole, root: same })
}

/**
 * For a JSON Patch. Only in its first operation do list indexes match the live object.
 * @throws RestoreError
 */
export function restoreFieldsOfPatch(operations: unknown, same: SameObject): unknown {
  if (!Array.isArray(operations)) throw new RestoreError('the body holds a masked value and is not a JSON Patch')
  return (operations as unknown[]).map((operation, index) => {
    if (!containsMask(JSON.stringify(operation) ?? '')) return operation
    const { op, path, value, ...rest } = typeof operation === 'object' && operation !== null ? (operation as Record<string, unknown>) : {}
    if ((op !== 'add' && op !== 'replace') || typeof path !== 'string' || containsMask(JSON.stringify({ path, rest })))
      throw new RestoreError('a JSON Patch operation holds a masked value where none can be restored')
    const steps = path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    const at = steps.reduce<SameObject | undefined>((place, step) => below(place, step, index === 0), same)
    return { ...rest, op, path, value: merge(value, at === undefined ? [] : [at], { path: steps, whole: false, root: same }) }
  })
}

function below(place: SameObject | undefined, step: string, lists: boolean): SameObject | undefined {
  if (place === undefined || (Array.isArray(place.live) && !lists)) return undefined
  return within(place, step)
}

function within({ masked, live }: SameObject, step: string | number): SameObject | undefined {
  return holds(masked, step) && holds(live, step) ? { masked: masked[step], live: live[step] } : undefined
}

function holds<K extends string | number>(node: unknown, step: K): node is Record<K, unknown> {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, step)
}

type At = { readonly path: Path; readonly whole: boolean; readonly root: SameObject }

function merge(sent: unknown, places: SameObjects, at: At): unknown {
  if (at.path.length > DEEPEST) throw new RestoreError('the body holds a masked value and is nested too deeply')
  if (typeof sent === 'string') return text(sent, places, at)
  if (typeof sent === 'number') return at.whole ? number(sent, places) : sent
  if (typeof sent !== 'object' || sent === null) return sent
  if (Array.isArray(sent)) return sent.map((item: unknown, index) => merge(item, partners(item, index, { sent, places }), step(at, String(index))))
  const fields = Object.entries(sent).map(([field, value]): [string, unknown] => {
    if (containsMask(field)) throw new RestoreError('the name of a field holds a masked value')
    return [field, merge(value, each(places, field), step(at, field))]
  })
  return Object.fromEntries(fields)
}

const step = (at: At, name: string): At => ({ ...at, path: [...at.path, name] })
const each = (places: SameObjects, name: string | number): SameObjects => places.flatMap((place) => within(place, name) ?? [])

/** 0 is the mask of any number. */
function number(sent: number, places: SameObjects): number {
  const found = sent === 0 ? places.find(({ masked, live }) => masked === 0 && typeof live === 'number') : undefined
  return found === undefined ? sent : (found.live as number)
}

function text(sent: string, places: SameObjects, at: At): string {
  if (!containsMask(sent)) return sent
  const found = places.find(({ masked, live }) => masked === sent && typeof live === 'string')
  if (found !== undefined) return found.live as string
  const [first, second, name = ''] = at.path
  if (at.path.length === 3 && first === 'metadata' && second === 'annotations' && isCopy(name)) return copy(sent, places, at)
  throw new RestoreError(`${at.path.join('.')} holds a masked value that the live object does not have in this field`, { remedy: elsewhereRemedy })
}

const elsewhereRemedy =
  'A mask is restored in the field of the object that it was read from. Change only what differs (kubectl patch, kubectl set), ' +
  'write the value yourself, or ask to see its Secret: kubectl create accessrequest --reveal=NAMESPACE/SECRET:KEY --reason=...'

/** A copy of the object in an annotation: its content is found in the live annotation or in the object. */
function copy(sent: string, places: SameObjects, at: At): string {
  const tree = parsed(sent)
  if (typeof tree !== 'object' || tree === null) throw new RestoreError(`the annotation ${at.path[2]} was masked whole`)
  const before = places.map(({ masked, live }): SameObject => ({ masked: parsed(masked), live: parsed(live) }))
  return JSON.stringify(merge(tree, [...before, at.root], { ...at, path: [] })) + (sent.endsWith('\n') ? '\n' : '')
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return undefined
  try {
    return JSON.parse(value) as unknown
  } catch {
    return undefined
  }
}

/** List items match if they have the same name. Items without names match by index if the list has the same length. */
function partners(item: unknown, index: number, list: { readonly sent: readonly unknown[]; readonly places: SameObjects }): SameObjects {
  const id = idOf(item)
  return list.places.flatMap((place) => {
    const live: unknown = place.live
    if (!Array.isArray(live)) return []
    if (id === undefined) return live.length === list.sent.length && idOf(live[index]) === undefined ? each([place], index) : []
    const found = live.flatMap((other: unknown, at) => (idOf(other) === id ? [at] : []))
    return found.length === 1 && list.sent.filter((other) => idOf(other) === id).length === 1 ? each([place], found[0] as number) : []
  })
}

function idOf(item: unknown): string | undefined {
  for (const field of ['name', 'key', 'id']) if (holds(item, field) && typeof item[field] === 'string') return item[field]
  return undefined
}
