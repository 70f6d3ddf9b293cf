/**
 * A Helm release that comes back (helm marks the old one superseded, or uninstalls) holds masks inside. What equals the mask of the
 * live release in the same place becomes what the live release has there; the agent knows that mask already, so it learns nothing
 * by whether it fits.
 */
import { maskTree, packRelease, unpackRelease, type Unpacking } from '../secret/helm-release.ts'
import { PutBackError } from './put-back-error.ts'
import { hasTrace } from './traces.ts'

/** The release's text as it may go upstream; undefined when no mask is in it, or when it is no release. */
export function restoreRelease(text: string, live: Buffer | undefined, unpacking: Unpacking): string | undefined {
  const sent = unpackRelease(text, unpacking.codecs)
  if (sent === undefined || !hasTrace(JSON.stringify(sent))) return undefined
  const before = live === undefined ? undefined : unpackRelease(live.toString('latin1'), unpacking.codecs)
  const masked = before === undefined ? undefined : maskTree(before, unpacking.known)
  return packRelease(merge(sent, masked, before), unpacking.codecs)
}

function merge(sent: unknown, masked: unknown, live: unknown): unknown {
  if (typeof sent === 'string') return mergeText(sent, masked, live)
  if (Array.isArray(sent)) return sent.map((item, index) => merge(item, at(masked, index), at(live, index)))
  if (typeof sent !== 'object' || sent === null) return sent
  return Object.fromEntries(Object.entries(sent).map(([key, value]) => [key, merge(value, at(masked, key), at(live, key))]))
}

function mergeText(sent: string, masked: unknown, live: unknown): unknown {
  if (!hasTrace(sent)) return sent
  if (sent === masked && typeof live === 'string') return live
  throw new PutBackError(
    'the Helm release holds masked values that are not in the live one',
    'Give the values with -f or --set: masked ones cannot be reused; or repeat, when a Secret has changed meanwhile',
  )
}

function at(node: unknown, key: string | number): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined
}
