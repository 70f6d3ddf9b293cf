/**
 * Restores a Helm release that comes back with masks inside (helm marks the old release as superseded, or uninstalls it; a rollback creates
 * a new revision from an older one). Text that equals the mask of a live revision in the same place is replaced by that revision's text.
 * The agent already knows that mask, so whether it matches reveals nothing.
 */
import { secretsIn, type HelmEntry } from '../secret/helm-manifest.ts'
import { mapStrings, maskTree, packRelease, releasedIn, unpackRelease, type Unpacking } from '../secret/helm-release.ts'
import type { SecretKeyRef, Placeholders } from '../secret/placeholders.ts'
import { RestoreError } from './restore-error.ts'
import { containsMask } from './mask-remnants.ts'

/** Does one of many pieces of work: a revision takes up to three seconds. */
export type Slowly = <T>(piece: () => T) => Promise<T>
type Restoring = Unpacking & { readonly slowly: Slowly }

/** Returns the release's text as it may be forwarded, or undefined if it contains no mask or is not a release. */
export async function restoreRelease(text: string, revisions: readonly Buffer[], by: Restoring): Promise<string | undefined> {
  const sent = unpackRelease(text, by.codecs)
  if (sent === undefined || !containsMask(JSON.stringify(sent))) return undefined
  return packRelease(await restoredFrom(sent, revisions, by), by.codecs)
}

type IsTried = (live: unknown) => boolean

/** Tries the same revision first, then the one that a rollback names: each takes long to mask. Otherwise all that match must agree. */
async function restoredFrom(sent: unknown, revisions: readonly Buffer[], by: Restoring): Promise<unknown> {
  const fit = (revision: Buffer, isTried: IsTried): Promise<unknown> =>
    by.slowly(() => {
      const live = unpackRelease(revision.toString('latin1'), by.codecs)
      return live === undefined || !isTried(live) ? undefined : merge(sent, maskTree(live, by), live)
    })
  const isSame: IsTried = (live) => at(live, 'version') === at(sent, 'version')
  const isRollback: IsTried = (live) => !isSame(live) && at(at(sent, 'info'), 'description') === `Rollback to ${String(at(live, 'version'))}`
  for (const isNamed of [isSame, isRollback])
    for (const revision of revisions) {
      const restored = await fit(revision, isNamed)
      if (restored !== undefined) return restored
    }
  let only: unknown
  for (const revision of revisions) {
    const restored = await fit(revision, (live) => !isSame(live) && !isRollback(live))
    if (restored !== undefined && only !== undefined && !same(restored, only)) throw ambiguous()
    only ??= restored
  }
  if (only === undefined) throw ambiguous()
  return only
}

const ambiguous = (): RestoreError =>
  new RestoreError('the Helm release holds masked values that are not in the live one', {
    remedy: 'Give the values with -f or --set: masked ones cannot be reused; or repeat, when a Secret has changed meanwhile',
  })

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Returns undefined if a mask does not match. */
function merge(sent: unknown, masked: unknown, live: unknown): unknown {
  if (typeof sent === 'string') return !containsMask(sent) ? sent : sent === masked && typeof live === 'string' ? live : undefined
  if (typeof sent !== 'object' || sent === null) return sent
  const entries = Object.entries(sent).map(([key, value]): [string, unknown] => [key, merge(value, at(masked, key), at(live, key))])
  if (entries.some(([, value]) => value === undefined)) return undefined
  return Array.isArray(sent) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

/** The value in the manifest of a release that one of its placeholders stands for. */
export function releasedValue(
  release: Buffer,
  wanted: { readonly decoded: string; readonly place: SecretKeyRef },
  by: ReleasedBy,
): Buffer | undefined {
  const { decoded, place } = wanted
  const tree = unpackRelease(release.toString('latin1'), by.codecs)
  const shown = Buffer.from(decoded, 'latin1').toString('base64')
  const released = releasedIn(place.namespace, by.placeholders)
  for (const manifest of manifestsIn(tree))
    for (const { document, entries } of secretsIn(manifest))
      for (const entry of entries)
        if (entry.secret === place.secret && entry.key === place.key && released(entry) === shown) return valueIn(by.parseYaml(document), entry)
  return undefined
}

type ReleasedBy = { readonly placeholders: Placeholders; readonly codecs: Unpacking['codecs']; readonly parseYaml: (text: string) => unknown }

function manifestsIn(tree: unknown): readonly string[] {
  const found: string[] = []
  mapStrings(tree, [], (path, text) => {
    if (path.at(-1) === 'manifest' && (path.length === 1 || path[0] === 'hooks')) found.push(text)
    return text
  })
  return found
}

function valueIn(secret: unknown, { field, key }: HelmEntry): Buffer | undefined {
  const value = at(at(secret, field), key)
  return typeof value === 'string' ? Buffer.from(value, field === 'data' ? 'base64' : 'utf8') : undefined
}

function at(node: unknown, key: string | number): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined
}
