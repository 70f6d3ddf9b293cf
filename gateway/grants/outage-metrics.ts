import type { Registry } from 'prom-client'
import { ageSeconds, readGauge } from '../../server/metrics.ts'
import type { AccessView } from './access-view.ts'

function suspensionsIn(view: Pick<AccessView, 'suspensions'>): number {
  try {
    return view.suspensions().size
  } catch {
    return -1
  }
}

/** Registers the gauges for what decisions use: the age of the policies and grants, and how many suspensions are in force. */
export function outageMetrics(registry: Registry, view: Pick<AccessView, 'outdatedForMs' | 'suspensions'>): void {
  readGauge(
    registry,
    {
      name: 'jit_gateway_policies_outdated_seconds',
      help: 'Age of the policies and grants that decisions use while jit-apiserver is unavailable; 0 while they are current, -1 when they are too old and everything is refused.',
    },
    () => ageSeconds(view.outdatedForMs()),
  )
  readGauge(
    registry,
    { name: 'jit_gateway_suspensions', help: 'AccessSuspensions in force; -1 while they are unknown and everything is refused.' },
    () => suspensionsIn(view),
  )
}
