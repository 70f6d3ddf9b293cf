/** Puts values back into a Secret, a patch of one, or an annotation that holds a copy of one. Never changes what it was given. */
import { isCopy } from '../secret/embedded-object.ts'
import { isRelease, RELEASE_KEY, type Unpacking } from '../secret/helm-release.ts'
import { PLACEHOLDER_MARK } from '../secret/mask-text.ts'
import type { Place, Placeholders } from '../secret/placeholders.ts'
import { PutBackError } from './put-back-error.ts'
import { restoreRelease } from './restore-release.ts'
import { hasTrace } from './mask-remnants.ts'

export type Putting = {
  readonly namespace: string
  /** Of the route; empty for create. */
  readonly name: string
  readonly placeholders: Placeholders
  lookup(namespace: string, secret: string, key: string): Buffer | undefined | Promise<Buffer | undefined>
  /** The value that the placeholder of a Helm release stands for. Absent: releases have none. */
  released?(decoded: string, place: Place): Promise<Buffer | undefined>
  /** Revisions of the Helm release that this Secret is one of. Absent: its live self alone. */
  revisions?(namespace: string, secret: string): Promise<readonly Buffer[]>
  /** Absent: nothing is looked for inside of Helm releases. */
  readonly unpacking?: Unpacking | undefined
  /** Collects the keys that were put back. */
  readonly keys: Set<string>
}

type Path = readonly string[]
type Visit = (path: Path, text: string) => Promise<string>

const DEEPEST = 100

/** A whole Secret, a merge patch, a strategic merge patch or an applied configuration: they have values in the same places. */
export function restoreSecret(tree: unknown, putting: Putting): Promise<unknown> {
  const { name } = putting
  return walk(tree, [], atPlaces(name === '' ? { ...putting, name: nameIn(tree) } : putting))
}

/** A JSON Patch (RFC 6902). A `test` would compare with the live value whatever the placeholder said, so it is refused. */
export async function restorePatch(operations: unknown, putting: Putting): Promise<unknown> {
  if (!Array.isArray(operations)) throw new PutBackError('the body holds a masked value and is no JSON Patch')
  const visit = atPlaces(putting)
  const done: unknown[] = []
  for (const operation of operations as unknown[]) done.push(await restoreOperation(operation, visit))
  return done
}

async function restoreOperation(operation: unknown, visit: Visit): Promise<unknown> {
  if (!mayHold(JSON.stringify(operation) ?? '')) return operation
  const { path, value, ...rest } = typeof operation === 'object' && operation !== null ? (operation as Record<string, unknown>) : {}
  if ((rest['op'] !== 'add' && rest['op'] !== 'replace') || typeof path !== 'string')
    throw new PutBackError('a JSON Patch operation other than "add" and "replace" holds a masked value')
  if (hasTrace(JSON.stringify({ path, rest }))) throw new PutBackError('a name in the JSON Patch holds a masked value')
  const segments = path.split('/').slice(1).map(unescapePointer)
  return { ...rest, path, value: await walk(value, segments, visit) }
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** Visits the strings that hold a trace or may be a Helm release, and makes the tree anew around them. */
async function walk(node: unknown, path: Path, visit: Visit): Promise<unknown> {
  if (typeof node === 'string') return hasTrace(node) || path.at(-1) === RELEASE_KEY ? await visit(path, node) : node
  if (typeof node !== 'object' || node === null) return node
  if (path.length > DEEPEST) throw new PutBackError('the body holds a masked value and is nested too deeply')
  const entries: [string, unknown][] = []
  for (const [field, value] of Object.entries(node)) {
    if (hasTrace(field)) throw new PutBackError('the name of a field holds a masked value')
    entries.push([field, await walk(value, [...path, field], visit)])
  }
  // Not by assignment: `__proto__` is a key that a Secret may have.
  return Array.isArray(node) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

const inAnnotation = (path: Path): boolean => path.length === 3 && path[0] === 'metadata' && path[1] === 'annotations'

/** At the top: values, and annotations that hold the object once more. */
function atPlaces(putting: Putting): Visit {
  return async (path, text) => {
    const [field, key = '', annotation = ''] = path
    const top = path.length === 2 ? field : undefined
    if (!hasTrace(text)) return top === 'data' ? await releaseValue(text, putting) : text
    if (top === 'data') return await base64(text, key, putting)
    if (top === 'stringData') return await releasedText(text, key, putting)
    if (inAnnotation(path) && isCopy(annotation)) return await restoreCopy(text, annotation, putting)
    throw new PutBackError(`${spell(path)} holds a masked value, which is restored under data of the Secret that it was read from and nowhere else`)
  }
}

async function releaseValue(text: string, putting: Putting): Promise<string> {
  const restored = await releaseText(Buffer.from(text, 'base64').toString('latin1'), putting)
  return restored === undefined ? text : Buffer.from(restored).toString('base64')
}

/** The text of a Helm release with its values put back; undefined when nothing is masked in it. */
export async function releaseText(text: string, putting: Putting): Promise<string | undefined> {
  const { namespace, name, unpacking, keys } = putting
  if (unpacking === undefined || !isRelease(name, RELEASE_KEY)) return undefined
  const live = await putting.lookup(namespace, name, RELEASE_KEY)
  const others = (await putting.revisions?.(namespace, name)) ?? []
  const restored = restoreRelease(text, [...(live === undefined ? [] : [live]), ...others], unpacking)
  if (restored !== undefined) keys.add(RELEASE_KEY)
  return restored
}

/** Whether a body is worth reading for masked values: it shows one, or holds what may be a Helm release. */
export function mayHold(body: Buffer | string): boolean {
  return hasTrace(body) || body.includes(RELEASE_KEY)
}

/** The mask of embedded-object.ts masks `data` and `stringData` at any depth, so that is where it is taken off. */
export async function restoreCopy(text: string, annotation: string, putting: Putting): Promise<string> {
  const tree = parse(text)
  if (typeof tree !== 'object' || tree === null) throw new PutBackError(`the annotation ${annotation} was masked whole`)
  const masked = await walk(tree, [], async (path, value) => {
    if (!hasTrace(value)) return value
    const key = path.at(-1) as string
    const field = path.at(-2)
    if (field === 'data') return await base64(value, key, putting)
    if (field === 'stringData') return await plain(value, key, putting)
    if (field === 'annotations' && isCopy(key)) return await restoreCopy(value, key, putting)
    throw new PutBackError(`the annotation ${annotation} holds a masked value at ${spell(path)}`)
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
  if (!Buffer.from(found).equals(value)) throw new PutBackError(`stringData cannot hold the value of ${key}, which is no text`)
  return found
}

/**
 * The value that a placeholder in its decoded form stands for; refuses any other text. A placeholder of a read stands for the value
 * that was read and no other, so that what was rotated meanwhile stays rotated. One of an echo or of an annotation does not say
 * which value it stands for: it is the value of the moment.
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
  throw new PutBackError(`the Secret ${namespace}/${name} has no key ${key} any more, so its placeholder cannot be restored`)
}

/** Only the manifests of Helm releases hold placeholders in stringData. */
async function releasedText(text: string, key: string, putting: Putting): Promise<string> {
  const { namespace, name, placeholders } = putting
  const place = { namespace, secret: name, key }
  const value = name !== '' && placeholders.names(text, place) ? await putting.released?.(text, place) : undefined
  if (value === undefined)
    throw new PutBackError(
      `stringData.${key} holds a masked value, which is restored under data of the Secret that it was read from and nowhere else`,
    )
  putting.keys.add(key)
  return value.toString('utf8')
}

type Meaning = { readonly value: Buffer; readonly place: Place; readonly placeholders: Placeholders }

function standsFor(decoded: string, { value, place, placeholders }: Meaning): boolean {
  const shown = Buffer.from(decoded, 'latin1').toString('base64')
  return shown === placeholders.unvarying(place) || shown === placeholders.of(place, value.toString('base64'))
}

function changed(key: string, { namespace, name }: Putting): PutBackError {
  return new PutBackError(
    `the Secret ${namespace}/${name} has another value for ${key} than the one whose placeholder you send: it was changed since you read it`,
    {
      remedy: `Nothing was written. Read ${namespace}/${name} again and repeat, or leave ${key} out`,
      stale: true,
    },
  )
}

export function notHere(key: string, { namespace, name }: Putting): PutBackError {
  return new PutBackError(`${key} holds the placeholder of another Secret, key or session, or a part of one`, {
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
