import { createHash } from 'node:crypto'
import type { AccessRequestSpec } from '../../domain/api/access-request.ts'
import { nameOfKey } from '../../domain/api/idempotency-key.ts'
import { API_VERSION } from '../../domain/api/names.ts'

/** The part of an AccessRequest spec that the requester writes; the server adds the rest. */
export type Ask = Omit<AccessRequestSpec, 'requester' | 'operation' | 'cluster'>

/** Label with a hash of requester and content, so that a repeated command finds the request of an earlier run. */
export const CONTENT_LABEL = 'jit.access/ask'

export type NamedDraft = { readonly name: string; readonly content: string }

const hashOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

function subjectOf({ rules = [], reveal = [], extends: grant }: Ask): readonly (string | undefined)[] {
  if (grant !== undefined) return ['extend', grant]
  const [rule] = rules
  return rule === undefined ? ['reveal', reveal[0]?.secret] : [rule.verbs[0], rule.resources[0], rule.resourceNames?.[0]]
}

/** Readable prefix of the name, so that approvers see what a request is about. At most 40 characters. */
function stemOf(ask: Ask): string {
  const words = subjectOf(ask).filter((word) => word !== undefined)
  const stem = words
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return stem.replaceAll(/^-+|-+$/g, '') || 'ask'
}

/**
 * Derives the name from a hash of the requester and every requested field in a fixed order: two requesters never share a request.
 * @param start the start as it was typed, so that `+2h` typed again finds the same request
 */
export function nameOf(
  ask: Ask,
  asker: string,
  { key, start }: { readonly key: string | undefined; readonly start?: string | undefined },
): NamedDraft {
  const fields = Object.entries(start === undefined ? ask : { ...ask, notBefore: start }).sort(([a], [b]) => (a < b ? -1 : 1))
  const content = hashOf([asker, fields]).slice(0, 32)
  if (key !== undefined) return { name: nameOfKey(asker, key), content }
  return { name: `${stemOf(ask)}-${content.slice(0, 8)}`, content }
}

export const manifestOf = (ask: Ask, name: string, content: string): object => ({
  apiVersion: API_VERSION,
  kind: 'AccessRequest',
  metadata: { name, labels: { [CONTENT_LABEL]: content } },
  spec: ask,
})
