import { createHash } from 'node:crypto'
import type { AccessRequestSpec } from '../../domain/api/access-request.ts'
import { API_VERSION } from '../../domain/api/names.ts'

/** The part of a spec that an asker writes; the server adds the rest. */
export type Ask = Omit<AccessRequestSpec, 'requester' | 'operation' | 'cluster'>

/** Groups all asks for the same thing by the same asker, so that a repeated command finds the first one's request. */
export const CONTENT_LABEL = 'jit.access/ask'

export type Named = { readonly name: string; readonly content: string }

const hashOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

function subjectOf({ rules = [], reveal = [] }: Ask): readonly (string | undefined)[] {
  const [rule] = rules
  return rule === undefined ? ['reveal', reveal[0]?.secret] : [rule.verbs[0], rule.resources[0], rule.resourceNames?.[0]]
}

/** Readable beginning of a name: what an approver types should say what it is about. Never longer than 40 characters. */
function stemOf(ask: Ask): string {
  const words = subjectOf(ask).filter((word) => word !== undefined)
  const stem = words
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return stem.replaceAll(/^-+|-+$/g, '') || 'ask'
}

/** What is hashed is every field that was asked for, in a fixed order, and who asks: two askers never share a request. */
export function nameOf(ask: Ask, asker: string, key: string | undefined): Named {
  const fields = Object.entries(ask).sort(([a], [b]) => (a < b ? -1 : 1))
  const content = hashOf([asker, fields]).slice(0, 32)
  if (key !== undefined) return { name: `key-${hashOf([asker, key]).slice(0, 24)}`, content }
  return { name: `${stemOf(ask)}-${content.slice(0, 8)}`, content }
}

export const manifestOf = (ask: Ask, name: string, content: string): object => ({
  apiVersion: API_VERSION,
  kind: 'AccessRequest',
  metadata: { name, labels: { [CONTENT_LABEL]: content } },
  spec: ask,
})
