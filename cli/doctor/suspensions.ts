import { unknown, type Finding } from '../../domain/doctor/finding.ts'
import { suspensionFindings } from '../../domain/doctor/suspension-findings.ts'
import { describeSuspension, suspensionsInForce } from '../certify/suspend/in-force.ts'
import type { IO } from '../terminal/io.ts'

/** Which agents are suspended. */
export async function checkSuspensions(io: IO): Promise<readonly Finding[]> {
  const inForce = await suspensionsInForce(io)
  if (inForce === undefined) return [unknown('suspensions cannot be listed', 'bind yourself to the ClusterRole jit-suspender or jit-auditor')]
  return suspensionFindings(inForce, describeSuspension)
}
