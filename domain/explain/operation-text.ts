import { qualified } from '../classify/power.ts'
import type { Classified } from '../decision.ts'

/** `patch deployments.apps/scale "web" in namespace shop`. */
export function operationText({ info, gains = [] }: Classified): string {
  if (!info.isResourceRequest) return `${info.verb} ${info.path}`
  const name = info.name === '' ? '' : ` "${info.name}"`
  const where = info.namespace === '' ? '' : ` in namespace ${info.namespace}`
  return `${info.verb} ${qualified(info)}${name}${where}${gains.length === 0 ? '' : `, giving the workload ${gains.join(', ')}`}`
}
