import { Gauge, type Registry } from 'prom-client'
import { readGauge } from '../server/metrics.ts'

export type ControllerMetrics = {
  readonly synced: (event: { readonly kind: string; readonly inStep: boolean }) => void
  readonly exempt: (subjects: number) => void
  /** Whether the observations of the gateway could be read. */
  readonly observed: (is: boolean) => void
  /** Removes what only the leader knows, so that no replica reports an outdated value. */
  readonly standingBy: () => void
}

/** All label values come from fixed lists. Users, objects and namespaces are never labels. */
export function controllerMetrics(registry: Registry, state: { readonly leads: () => boolean }): ControllerMetrics {
  const registers = [registry]
  readGauge(
    registry,
    {
      name: 'jit_controller_leader',
      help: '1 while this replica leads and does the work, 0 while it stands by. The sum over all replicas is 1 in a healthy installation.',
    },
    () => (state.leads() ? 1 : 0),
  )
  const inStep = new Gauge({
    name: 'jit_controller_configuration_in_step',
    help: "1 while the object matches the policies' subjects, 0 while it could not be written. Only the leader reports it.",
    labelNames: ['kind'],
    registers,
  })
  const skipped = new Gauge({
    name: 'jit_controller_subjects_left_out',
    help: 'Subjects of policies that are never governed, because refusing them would lock the cluster out.',
    registers,
  })
  const observations = new Gauge({
    name: 'jit_controller_gateway_observed',
    help: '1 while the leader can read what the gateway observed about policies, 0 while it cannot, and on replicas that stand by.',
    registers,
  })
  return {
    observed: (is) => observations.set(is ? 1 : 0),
    synced: ({ kind, inStep: is }) => inStep.set({ kind }, is ? 1 : 0),
    exempt: (subjects) => skipped.set(subjects),
    standingBy: () => {
      inStep.reset()
      skipped.set(0)
      observations.set(0)
    },
  }
}
