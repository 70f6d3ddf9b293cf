/** Restores values in a Secret, a patch of one, or an annotation that contains a copy of one. Never modifies its input. */
import { isCopy } from '../secret/embedded-object.ts'
import { isRelease, RELEASE_KEY, type Unpacking } from '../secret/helm-release.ts'
import { PLACEHOLDER_MARK } from '../secret/mask-text.ts'
import type { SecretKeyRef, Placeholders } from '../secret/placeholders.ts'
import { RestoreError } from './restore-error.ts'
import { restoreRelease, type Slowly } from './restore-release.ts'
import { containsMask } from './mask-remnants.ts'

export type Putting = {
  readonly namespace: string
  /** From the route; empty for create. */
  readonly name: string
  readonly placeholders: Placeholders
  lookup(namespace: string, secret: string, key: string): Buffer | undefined | Promise<Buffer | undefined>
  /** Returns the value that the placeholder of a Helm release stands for. Without it, releases have no placeholders. */
  released?(decoded: string, place: SecretKeyRef): Promise<Buffer | undefined>
  /** Returns the revisions of the Helm release that this Secret belongs to. Defaults to the live Secret alone. */
  revisions?(namespace: string, secret: string): Promise<readonly Buffer[]>
  /** Does one of many pieces of work that take long together. Optional. Defaults to doing it at once. */
  slowly?<T>(piece: () => T): Promise<T>
  /** Without it, Helm releases are not searched. */
  readonly unpacking?: Unpacking | undefined
  /** Collects the keys that were restored. */
  readonly keys: Set<string>
}

type Path = readonly string[]
type Visit = (path: Path, text: string) => Promise<string>

const DEEPEST = 100

/** For a whole Secret, a merge patch, a strategic merge patch or an applied configuration: all have values in the same places. */
export function restoreSecret(tree: unknown, putting: Putting): Promise<unknown> {
  const { name } = putting
  return walk(tree, [], atPlaces(name === '' ? { ...putting, name: nameIn(tree) } : putting))
}

/** For a JSON Patch (RFC 6902). A `test` compares with the live value whatever the placeholder said, so it is refused. */
export async function restorePatch(operations: unknown, putting: Putting): Promise<unknown> {
  if (!Array.isArray(operations)) throw new RestoreError('the body holds a masked value and is not a JSON Patch')
  const visit = atPlaces(putting)
  const done: unknown[] = []
  for (const operation of operations as unknown[]) done.push(await restoreOperation(operation, visit))
  return done
}

async function restoreOperation(operation: unknown, visit: Visit): Promise<unknown> {
  if (!mayHold(JSON.stringify(operation) ?? '')) return operation
  const { path, value, ...rest } = typeof operation === 'object' && operation !== null ? (operation as Record<string, unknown>) : {}
  if ((rest['op'] !== 'add' && rest['op'] !== 'replace') || typeof path !== 'string')
    throw new RestoreError('a JSON Patch operation other than "add" and "replace" holds a masked value')
  if (containsMask(JSON.stringify({ path, rest }))) throw new RestoreError('a name in the JSON Patch holds a masked value')
  const segments = path.split('/').slice(1).map(unescapePointer)
  return { ...rest, path, value: await walk(value, segments, visit) }
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** Visits the strings that contain a mask or may be a Helm release, and rebuilds the tree around them. */
async function walk(node: unknown, path: Path, visit: Visit): Promise<unknown> {
  if (typeof node === 'string') return containsMask(node) || path.at(-1) === RELEASE_KEY ? await visit(path, node) : node
  if (typeof node !== 'object' || node === null) return node
  if (path.length > DEEPEST) throw new RestoreError('the body holds a masked value and is nested too deeply')
  const entries: [string, unknown][] = []
  for (const [field, value] of Object.entries(node)) {
    if (containsMask(field)) throw new RestoreError('the name of a field holds a masked value')
    entries.push([field, await walk(value, [...path, field], visit)])
  }
  // Not by assignment: a Secret may have a key `__proto__`.
  return Array.isArray(node) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

const inAnnotation = (path: Path): boolean => path.length === 3 && path[0] === 'metadata' && path[1] === 'annotations'

/** For the top level: values, and annotations that contain a copy of the object. */
function atPlaces(putting: Putting): Visit {
  return async (path, text) => {
    const [field, key = '', annotation = ''] = path
    const top = path.length === 2 ? field : undefined
    if (!containsMask(text)) return top === 'data' ? await releaseValue(text, putting) : text
    if (top === 'data') return await base64(text, key, putting)
    if (top === 'stringData') return await releasedText(text, key, putting)
    if (inAnnotation(path) && isCopy(annotation)) return await restoreCopy(text, annotation, putting)
    throw new RestoreError(`${spell(path)} holds a masked value, which is restored under data of the Secret that it was read from and nowhere else`)
  }
}

async function releaseValue(text: string, putting: Putting): Promise<string> {
  const restored = await releaseText(Buffer.from(text, 'base64').toString('latin1'), putting)
  return restored === undefined ? text : Buffer.from(restored).toString('base64')
}

/** Returns the text of a Helm release with its values restored, or undefined if nothing in it is masked. */
export async function releaseText(text: string, putting: Putting): Promise<string | undefined> {
  const { namespace, name, unpacking, keys } = putting
  if (unpacking === undefined || !isRelease(name, RELEASE_KEY)) return undefined
  const live = await putting.lookup(namespace, name, RELEASE_KEY)
  const others = (await putting.revisions?.(namespace, name)) ?? []
  const slowly: Slowly = (piece) => putting.slowly?.(piece) ?? Promise.resolve(piece())
  const restored = await restoreRelease(text, [...(live === undefined ? [] : [live]), ...others], { ...unpacking, slowly })
  if (restored !== undefined) keys.add(RELEASE_KEY)
  return restored
}

/** Whether a body must be searched for masked values: it contains one in plain sight, or may contain a Helm release. */
export function mayHold(body: Buffer | string): boolean {
  return containsMask(body) || body.includes(RELEASE_KEY)
}

/** embedded-object.ts masks `data` and `stringData` at any depth, so masks are restored at any depth. */
export async function restoreCopy(text: string, annotation: string, putting: Putting): Promise<string> {
  const tree = parse(text)
  if (typeof tree !== 'object' || tree === null) throw new RestoreError(`the annotation ${annotation} was masked whole`)
  const masked = await walk(tree, [], async (path, value) => {
    if (!containsMask(value)) return value
    const key = path.at(-1) as string
    const field = path.at(-2)
    if (field === 'data') return await base64(value, key, putting)
    if (field === 'stringData') return await plain(value, key, putting)
    if (field === 'annotations' && isCopy(key)) return await restoreCopy(value, key, putting)
    throw new RestoreError(`the annotation ${annotation} holds a masked value at ${spell(path)}`)
  })
  return JSON.stringify(masked) + (text.endsWith('\n') ? '\n' : '')
}

async function base64(text: string, key: string, putting: Putting): Promise<string> {
  const decoded = Buffer.from(text, 'base64')
  if (decoded.toString('base64') !== text) throw notHere(key, putting)
  return (await valueOf(decoded.toString('latin1'), key, putting)).toString('base64')
}

async function plain(text: string, key: string, putting: Putting): Promise<string> {
  const value = await valueOf(text, key, putting)
  const found = value.toString('utf8')
  if (!Buffer.from(found).equals(value)) throw new RestoreError(`stringData cannot hold the value of ${key}, which is not text`)
  return found
}

/**
 * Returns the value that a placeholder in its decoded form stands for, and throws for any other text. A placeholder from a read stands only
 * for the value that was read, so that a value rotated since then stays rotated. A placeholder from the response to a write, or from an
 * annotation, does not identify a value: it stands for the current one.
 */
export async function valueOf(decoded: string, key: string, putting: Putting): Promise<Buffer> {
  const { namespace, name, placeholders, keys } = putting
  const place = { namespace, secret: name, key }
  if (name === '' || !decoded.startsWith(PLACEHOLDER_MARK) || !placeholders.names(decoded, place)) throw notHere(key, putting)
  const value = await putting.lookup(namespace, name, key)
  const meant = value !== undefined && standsFor(decoded, { value, place, placeholders }) ? value : await putting.released?.(decoded, place)
  if (meant !== undefined) {
    keys.add(key)
    return meant
  }
  if (value !== undefined) throw changed(key, putting)
  throw new RestoreError(`the Secret ${namespace}/${name} has no key ${key} any more, so its placeholder cannot be restored`)
}

/** Only the manifests of Helm releases have placeholders in stringData. */
async function releasedText(text: string, key: string, putting: Putting): Promise<string> {
  const { namespace, name, placeholders } = putting
  const place = { namespace, secret: name, key }
  const value = name !== '' && placeholders.names(text, place) ? await putting.released?.(text, place) : undefined
  if (value === undefined)
    throw new RestoreError(
      `stringData.${key} holds a masked value, which is restored under data of the Secret that it was read from and nowhere else`,
    )
  putting.keys.add(key)
  return value.toString('utf8')
}

type Meaning = { readonly value: Buffer; readonly place: SecretKeyRef; readonly placeholders: Placeholders }

function standsFor(decoded: string, { value, place, placeholders }: Meaning): boolean {
  const shown = Buffer.from(decoded, 'latin1').toString('base64')
  return shown === placeholders.unvarying(place) || shown === placeholders.of(place, value.toString('base64'))
}

function changed(key: string, { namespace, name }: Putting): RestoreError {
  return new RestoreError(
    `the Secret ${namespace}/${name} has another value for ${key} than the one whose placeholder you send: it was changed since you read it`,
    {
      remedy: `Nothing was written. Read ${namespace}/${name} again and repeat, or leave ${key} out`,
      stale: true,
    },
  )
}

export function notHere(key: string, { namespace, name }: Putting): RestoreError {
  return new RestoreError(`${key} holds the placeholder of another Secret, key or session, or a part of one`, {
    remedy:
      `A placeholder is restored in the key of the Secret that it was read from: read ${name === '' ? 'the Secret' : `${namespace}/${name}`} again and change nothing in it, ` +
      `leave ${key} out, or ask to see the source: kubectl create accessrequest --reveal=NAMESPACE/SECRET:KEY --reason=...`,
  })
}

function nameIn(tree: unknown): string {
  const name = own(own(tree, 'metadata'), 'name')
  return typeof name === 'string' ? name : ''
}

function own(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, name) ? (node as Record<string, unknown>)[name] : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function spell(path: Path): string {
  return path.length === 0 ? 'the body' : path.join('.')
}
