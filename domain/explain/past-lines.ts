import type { AccessRequest, RequestPhase } from '../api/access-request.ts'
import { formatAge, formatAsk } from '../format/request.ts'
import { decidersOf, endedMs, grantFate, phaseOf, reasonOf, type PastRequest } from './past-request.ts'

/** `8 approved, 3 denied`, in the order of the phases. */
export function countsByPhase(requests: readonly AccessRequest[], nowMs: number): string {
  const phases = Map.groupBy(requests, (request) => phaseOf(request, nowMs))
  const order: readonly RequestPhase[] = ['Approved', 'Denied', 'Expired', 'Withdrawn', 'Failed']
  return order.flatMap((phase) => (phases.has(phase) ? [`${phases.get(phase)?.length ?? 0} ${phase.toLowerCase()}`] : [])).join(', ')
}

/** What became of a request, in one line. The words are unescaped. */
export function pastLine(past: PastRequest, nowMs: number): string {
  const { request } = past
  const phase = phaseOf(request, nowMs)
  const deciders = decidersOf(request)
  const by = deciders.length === 0 ? '' : ` by ${deciders.join(', ')}`
  const reason = reasonOf(request, phase)
  const fate = grantFate(past, nowMs)
  const ago = formatAge(new Date(endedMs(request, phase) || 0).toISOString(), nowMs)
  return `${ago} ago ${phase.toLowerCase()}${by}${reason === '' ? '' : `: ${reason}`} (${formatAsk(request)}${fate === '' ? '' : `; grant ${fate}`})`
}
