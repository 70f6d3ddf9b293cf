import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { requestPhase, type AccessRequest } from '../../../domain/api/access-request.ts'
import { formatGains } from '../../format/gains.ts'
import { impactLines } from '../../impact/impact.ts'
import type { IO } from '../../terminal/io.ts'
import { askedBefore } from '../history/asked-before.ts'
import { riskReasons } from './risk-reasons.ts'

/**
 * What an approver should know besides the request itself: why its risk is what it is, what a workload gains, what it touches now, and what was asked
 * before. Reads the cluster with the rights of the approver. A part that cannot be read says so.
 */
export async function contextLines(io: IO, request: AccessRequest, policy: AccessPolicy | undefined): Promise<readonly string[]> {
  const isOpen = requestPhase(request.status, io.clock.nowMs()) === 'Pending'
  const [impact, asked] = await Promise.all([isOpen ? impactLines(io, request) : [], askedBefore(io, request)])
  return [...riskReasons(request, policy), ...formatGains(request), ...impact, ...asked, '']
}
