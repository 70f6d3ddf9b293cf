import { Gauge, type Registry } from 'prom-client'
import type { KnownValues } from '../domain/mask/masker.ts'
import { ageSeconds, readGauge } from '../server/metrics.ts'

export type MaskingState = {
  readonly known: KnownValues
  /** Namespaces whose Secrets change faster than they are learned. */
  readonly lateNamespaces: () => number
  /** Guessable credentials by namespace. The number of namespaces is bounded; the remainder is aggregated into one entry. */
  readonly guessable: () => ReadonlyMap<string, number>
  /** Age of the known values in milliseconds: 0 while they are current, Infinity before they were first learned. */
  readonly outdatedForMs: () => number
}

/** Metrics about known Secret values, for admins. The namespace is the only name in a label. Secret names, keys and values never appear. */
export function maskingMetrics(registry: Registry, state: MaskingState): void {
  const registers = [registry]
  readGauge(registry, { name: 'jit_gateway_known_value_patterns', help: 'Patterns that answers are searched for.' }, () => state.known.patterns.size)
  readGauge(registry, { name: 'jit_gateway_known_value_bytes', help: 'Estimated memory of these patterns, in bytes.' }, () => state.known.bytes)
  readGauge(
    registry,
    {
      name: 'jit_gateway_late_namespaces',
      help: 'Namespaces whose Secrets change faster than their values are learned. Until they are, copies of new values there can show.',
    },
    state.lateNamespaces,
  )
  void new Gauge({
    name: 'jit_gateway_secret_values_not_searched',
    help: 'Values of Secrets that are hidden in their Secret and not searched for elsewhere, by the reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const { notSearched } of state.known.notSearched) if (notSearched !== undefined) this.inc({ reason: notSearched })
    },
  })
  void new Gauge({
    name: 'jit_gateway_guessable_credentials',
    help: 'Keys of Secrets with the name of a credential and a guessable value. Such a value is hidden only in its Secret and next to such a name.',
    labelNames: ['namespace'],
    registers,
    collect() {
      this.reset()
      for (const [namespace, count] of state.guessable()) this.set({ namespace }, count)
    },
  })
  readGauge(
    registry,
    {
      name: 'jit_gateway_secret_values_age_seconds',
      help: 'Time since the known values last matched the cluster; 0 while they match, -1 before the Secrets were first learned. Above 10 the gateway is not ready and refuses what holds values.',
    },
    () => ageSeconds(state.outdatedForMs()),
  )
}
