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

/** Returns the release's text as it may be forwarded, or undefined if it contains no mask or is not a release. */
export function restoreRelease(text: string, revisions: readonly Buffer[], unpacking: Unpacking): string | undefined {
  const sent = unpackRelease(text, unpacking.codecs)
  if (sent === undefined || !containsMask(JSON.stringify(sent))) return undefined
  return packRelease(restoredFrom(sent, revisions, unpacking), unpacking.codecs)
}

type Revision = { readonly live: unknown; readonly restored: unknown }

function restoredFrom(sent: unknown, revisions: readonly Buffer[], unpacking: Unpacking): unknown {
  const [own, ...others] = revisions.map((revision) => unpackRelease(revision.toString('latin1'), unpacking.codecs))
  const fits = [own, ...others].flatMap((live): Revision[] => {
    const restored = live === undefined ? undefined : merge(sent, maskTree(live, unpacking), live)
    return restored === undefined ? [] : [{ live, restored }]
  })
  // The same revision, the one that a rollback names, or the only one that matches.
  const source =
    fits.find(({ live }) => at(live, 'version') === at(sent, 'version')) ??
    fits.find(({ live }) => at(at(sent, 'info'), 'description') === `Rollback to ${String(at(live, 'version'))}`) ??
    (fits.every(({ restored }) => same(restored, fits[0]?.restored)) ? fits[0] : undefined)
  if (source === undefined)
    throw new RestoreError('the Helm release holds masked values that are not in the live one', {
      remedy: 'Give the values with -f or --set: masked ones cannot be reused; or repeat, when a Secret has changed meanwhile',
    })
  return source.restored
}

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
