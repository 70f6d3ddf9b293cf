import { Counter, type Registry } from 'prom-client'

/** Counts gateways whose records were not in an answer. Their addresses are not a label, so that the series are bounded. */
export function sessionMetrics(registry: Registry): (missing: number) => void {
  const total = new Counter({
    name: 'jit_apiserver_gateways_missing_total',
    help: 'Gateways whose records were not in an answer about AccessSessions, because they were away, slow or wrong.',
    registers: [registry],
  })
  return (missing) => total.inc(missing)
}
