import type { AccessPolicy } from '../api/access-policy.ts'
import { escapedLine } from '../api/plain-text.ts'
import { nextOpening, SEARCHED_DAYS } from './next-opening.ts'
import { closedAt, windowsOf, type Closed, type PolicyWindows } from './open-at.ts'
import { formatIn } from './zone.ts'

/** The policies that are closed, and the first time at which all are open; undefined if none is found. */
export type Closing = { readonly closed: readonly Closed[]; readonly opensAtMs: number | undefined }

function closingOf(policies: readonly PolicyWindows[], ms: number): Closing | undefined {
  const closed = policies.map((each) => closedAt(each, ms)).filter((each) => each !== undefined)
  return closed.length === 0 ? undefined : { closed, opensAtMs: nextOpening(policies, ms) }
}

/** Why requests under these policies can be neither created nor approved at a time; undefined when they can. */
export const closingAt = (policies: readonly AccessPolicy[], ms: number): Closing | undefined => closingOf(policies.map(windowsOf), ms)

/** Why no grant may start at a time: a freeze holds then. Open windows say when people decide, not when access starts. */
export const frozenStart = (policies: readonly AccessPolicy[], ms: number): Closing | undefined =>
  closingOf(
    policies.map(windowsOf).map((each) => ({ ...each, windows: each.windows.filter(({ effect }) => effect === 'Freeze') })),
    ms,
  )

/** Names in a text. */
export const listed = (names: readonly string[]): string => names.map((name) => `"${escapedLine(name)}"`).join(', ')

/** The windows that close a policy, by name. */
export const namesIn = (closed: Closed): readonly string[] =>
  closed.why === 'WindowUnreadable' ? closed.names : closed.windows.map(({ name }) => name)

function whyOf(closed: Closed): string {
  const [names, policy] = [listed(namesIn(closed)), `policy "${closed.policy}"`]
  if (closed.why === 'WindowUnreadable') return `${policy} is closed, since the server cannot read its window ${names}`
  if (closed.why === 'OutsideWindow') return `no window of ${policy} is open: ${names}`
  const [reason] = closed.windows.map((window) => window.reason).filter((each) => each !== undefined)
  return `${policy} is frozen by its window ${names}${reason === undefined ? '' : ` (${escapedLine(reason)})`}`
}

/** Why, as clauses. */
export const formatClosed = ({ closed }: Closing): string => closed.map(whyOf).join('; ')

/** When all policies are open again, as `2026-11-30T08:00:00+01:00 (Europe/Berlin)`, in the zone of the first closed window; undefined if unknown. */
export function formatOpening({ closed, opensAtMs }: Closing): string | undefined {
  const [zone] = closed.flatMap((each) => (each.why === 'WindowUnreadable' ? [] : each.windows.map((window) => window.zone)))
  return opensAtMs === undefined || zone === undefined ? undefined : `${formatIn(zone, opensAtMs)} (${zone.name})`
}

export const NEVER_OPEN = `No time in the next ${SEARCHED_DAYS} days is open: an admin must change spec.approvals.windows`
