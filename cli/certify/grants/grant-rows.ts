import { expiryMsOf, expiryOf, grantPhase, type AccessGrant } from '../../../domain/api/access-grant.ts'
import { formatAge, formatAsk, formatLeft } from '../../../domain/format/request.ts'

export const GRANT_HEADINGS = ['NAME', 'SUBJECT', 'STATE', 'USES', 'ENDS IN', 'POLICY', 'GIVES'] as const
export const WIDE_GRANT_HEADINGS = ['REQUEST', 'LAST USED'] as const

const ends = (grant: AccessGrant, nowMs: number): string =>
  expiryMsOf(grant) <= nowMs ? `${formatAge(expiryOf(grant), nowMs)} ago` : formatLeft(expiryOf(grant), nowMs)

/** A row for people. `columns` makes it safe for a terminal. */
export function grantRow(grant: AccessGrant, nowMs: number): readonly string[] {
  const { metadata, spec, status } = grant
  const uses = `${status?.uses ?? 0}/${spec.maxUses ?? 'any'}`
  return [metadata.name, spec.subject.username, grantPhase(grant, nowMs), uses, ends(grant, nowMs), spec.policy, formatAsk({ spec })]
}

export function wideGrantCells({ spec, status }: AccessGrant, nowMs: number): readonly string[] {
  const extension = status?.extensions?.at(-1)
  const request = extension === undefined ? spec.requestName : `${spec.requestName}, extended by ${extension.requestName}`
  return [request, status?.lastUsed === undefined ? 'never' : `${formatAge(status.lastUsed, nowMs)} ago`]
}
