import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** The registry of a server, with the process metrics. Names start with `jit_PART_`; labels never contain a user, object or namespace. */
export function createMetrics(): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register
}

/** A gauge whose value is read each time that the metrics are collected. */
export function readGauge(registry: Registry, metric: { readonly name: string; readonly help: string }, read: () => number): void {
  void new Gauge({
    ...metric,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

/** An age in seconds, or -1 for one that is not known. */
export const ageSeconds = (ms: number): number => (Number.isFinite(ms) ? ms / 1000 : -1)
