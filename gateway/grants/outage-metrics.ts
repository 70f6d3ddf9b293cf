import { Gauge, type Registry } from 'prom-client'
import type { AccessView } from './access-view.ts'

/** Tells how old the policies are that decisions rest on. */
export function outageMetrics(registry: Registry, view: Pick<AccessView, 'outdatedForMs'>): void {
  registry.registerMetric(
    new Gauge({
      name: 'jit_gateway_policies_outdated_seconds',
      help: 'How old the policies and grants are that decisions rest on while jit-apiserver is away; 0 while they are current, -1 when they are too old and everything is refused.',
      registers: [],
      collect() {
        const age = view.outdatedForMs()
        this.set(Number.isFinite(age) ? age / 1000 : -1)
      },
    }),
  )
}
