/**
 * A Helm release (base64 of gzip of JSON, base64-encoded again as a Secret value) contains every value that its chart was given. It is
 * unpacked, masked and packed again, so that `helm list`, `history`, `status` and `get manifest` keep working. Strings of the user's values
 * are masked whole, Secrets in manifests by structure, and all other strings for known values, including those of this release. The chart
 * (templates, defaults, files) is visible to every user of the chart repository, so only known values are masked in it.
 */
import type { Codecs } from './codecs.ts'
import { createKnownValues, type KnownValues, type SecretValue } from '../match/known-values.ts'
import { maskManifest, type ReleasedPlaceholder } from './helm-manifest.ts'
import { MASK_TEXT } from './mask-text.ts'
import type { Placeholders } from './placeholders.ts'
import { createTextMasker } from '../text/text-masker.ts'
import { isDeeper, isObject } from '../../is-object.ts'

export type { Codecs } from './codecs.ts'

export type Unpacking = {
  readonly known: KnownValues
  readonly codecs: Codecs
  /** Placeholders for the values of Secrets in manifests, so that a rollback can restore them. Without it, one mask is used for all. */
  readonly released?: ReleasedPlaceholder
}

const DEEPEST = 100
const NAME = 'sh.helm.release.v1.'
export const RELEASE_KEY = 'release'

export function isRelease(name: string, key: string): boolean {
  return name.startsWith(NAME) && key === RELEASE_KEY
}

/** Returns the object inside, or undefined if the text is not a release. */
export function unpackRelease(text: string, codecs: Codecs): unknown {
  try {
    const tree = JSON.parse(codecs.gunzip(Buffer.from(text, 'base64')).toString('utf8')) as unknown
    return isObject(tree) && !isDeeper(tree, DEEPEST) ? tree : undefined
  } catch {
    return undefined
  }
}

export function packRelease(tree: unknown, codecs: Codecs): string {
  return codecs.gzip(Buffer.from(JSON.stringify(tree))).toString('base64')
}

/** Returns the masked text, or undefined if it is not a release. */
export function maskRelease(text: string, unpacking: Unpacking): string | undefined {
  const tree = unpackRelease(text, unpacking.codecs)
  return tree === undefined ? undefined : packRelease(maskTree(tree, unpacking), unpacking.codecs)
}

/** Placeholders of the Secrets that a release of this namespace created. */
export function releasedIn(namespace: string, placeholders: Pick<Placeholders, 'released'>): ReleasedPlaceholder {
  return ({ secret, key, field, lines }) => placeholders.released({ namespace, secret, key }, `${field}\n${lines}`)
}

/** Returns a copy of the object with its values masked. The same object and known values give the same copy. */
export function maskTree(tree: unknown, { known, released }: Pick<Unpacking, 'known' | 'released'>): unknown {
  const own = createKnownValues(valuesIn(tree))
  const clean = (text: string): string => filter(filter(text, own), known)
  return mapStrings(tree, [], (path, text) => {
    if (path[0] === 'config') return text === '' ? '' : MASK_TEXT
    return clean(path.at(-1) === 'manifest' ? maskManifest(text, released) : text)
  })
}

function filter(text: string, known: KnownValues): string {
  const masker = createTextMasker({ known })
  const bytes = Buffer.from(text)
  const out = [masker.push(bytes), masker.endWhole()]
  return Buffer.concat(out).toString('utf8')
}

function* valuesIn(tree: unknown): Generator<SecretValue> {
  const config = typeof tree === 'object' && tree !== null ? (tree as Record<string, unknown>)['config'] : undefined
  const values: SecretValue[] = []
  mapStrings(config, [], (path, text) => {
    values.push({ namespace: '', secret: '', key: path.at(-1) ?? '', value: Buffer.from(text) })
    return text
  })
  yield* values
}

/** Returns a copy of the tree with each string changed. */
export function mapStrings(node: unknown, path: readonly string[], change: (path: readonly string[], text: string) => string): unknown {
  if (typeof node === 'string') return change(path, node)
  if (Array.isArray(node)) return node.map((item, index) => mapStrings(item, [...path, String(index)], change))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, mapStrings(value, [...path, key], change)]))
}
