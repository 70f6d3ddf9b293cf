import { Gauge, type Registry } from 'prom-client'

export type MaskingState = {
  /** Credentials that can be guessed, by namespace: a bounded number of them, the others as one. */
  readonly guessable: () => ReadonlyMap<string, number>
  /** For how long the known values have not been those of the cluster; Infinity: they never were. */
  readonly outdatedForMs: () => number
}

/** What is known of Secrets, for admins. The one label that is a name is the namespace; no Secret, key or value is ever told. */
export function maskingMetrics(registry: Registry, state: MaskingState): void {
  const registers = [registry]
  void new Gauge({
    name: 'jit_gateway_guessable_credentials',
    help: 'Keys of Secrets that are named like a credential and hold what can be guessed, so that it is hidden in its Secret and beside such a name only.',
    labelNames: ['namespace'],
    registers,
    collect() {
      this.reset()
      for (const [namespace, count] of state.guessable()) this.set({ namespace }, count)
    },
  })
  void new Gauge({
    name: 'jit_gateway_secret_values_age_seconds',
    help: 'Time since the known values were those of the cluster; 0 while they are, -1 before Secrets were first read. Over 10 the gateway is not ready and refuses what holds values.',
    registers,
    collect() {
      const age = state.outdatedForMs()
      this.set(Number.isFinite(age) ? age / 1000 : -1)
    },
  })
}
