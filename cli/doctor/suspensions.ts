import { describeSuspension, suspensionsInForce } from '../certify/suspend/in-force.ts'
import type { IO } from '../terminal/io.ts'
import { good, unknown, warning, type Finding } from './finding.ts'

/** Which agents are suspended: a suspension that somebody forgot looks like an outage to its agents. */
export async function checkSuspensions(io: IO): Promise<readonly Finding[]> {
  const inForce = await suspensionsInForce(io)
  if (inForce === undefined) return [unknown('suspensions cannot be listed', 'bind yourself to the ClusterRole jit-suspender or jit-auditor')]
  if (inForce.length === 0) return [good('no agent is suspended')]
  return inForce.map((suspension) => warning(describeSuspension(suspension), `kubectl certify resume ${suspension.metadata.name} --reason=TEXT`))
}
