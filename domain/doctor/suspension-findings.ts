import { formatSuspended, isInForce, type AccessSuspension } from '../api/access-suspension.ts'
import { good, warning, type Finding } from './finding.ts'

/** Whom a suspension stops, who made it and why. */
export const suspensionText = ({ metadata, spec }: AccessSuspension): string =>
  `${formatSuspended(spec)} stopped by ${spec.suspendedBy?.username ?? '?'}: ${spec.reason} (accesssuspension ${metadata.name})`

/** Which agents are suspended: a suspension that somebody forgot looks like an outage to its agents. `text`: how it is shown. */
export function suspensionFindings(suspensions: readonly AccessSuspension[], text = suspensionText): readonly Finding[] {
  const inForce = suspensions.filter(isInForce)
  if (inForce.length === 0) return [good('no agent is suspended')]
  return inForce.map((suspension) => warning(text(suspension), `kubectl certify resume ${suspension.metadata.name} --reason=TEXT`))
}
