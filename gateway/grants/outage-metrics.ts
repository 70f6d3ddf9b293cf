import { Gauge, type Registry } from 'prom-client'
import type { AccessView } from './access-view.ts'

/** Registers the gauges for what decisions use: the age of the policies and grants, and how many suspensions are in force. */
export function outageMetrics(registry: Registry, view: Pick<AccessView, 'outdatedForMs' | 'suspensions'>): void {
  registry.registerMetric(
    new Gauge({
      name: 'jit_gateway_policies_outdated_seconds',
      help: 'Age of the policies and grants that decisions use while jit-apiserver is unavailable; 0 while they are current, -1 when they are too old and everything is refused.',
      registers: [],
      collect() {
        const age = view.outdatedForMs()
        this.set(Number.isFinite(age) ? age / 1000 : -1)
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'jit_gateway_suspensions',
      help: 'AccessSuspensions in force; -1 while they are unknown and everything is refused.',
      registers: [],
      collect() {
        try {
          this.set(view.suspensions().size)
        } catch {
          this.set(-1)
        }
      },
    }),
  )
}
