import { Counter, Histogram, type Registry } from 'prom-client'

export type RequestLabels = { readonly verb: string; readonly resource: string; readonly code: number; readonly seconds: number }

/** Counts and times the requests served. Labels are verbs, resources of this API and codes: bounded, and never a user or object name. */
export function requestMetrics(registry: Registry): (labels: RequestLabels) => void {
  const total = new Counter({
    name: 'jit_apiserver_requests_total',
    help: 'Requests served.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'jit_apiserver_request_duration_seconds',
    help: 'Time to serve a request, except watches.',
    labelNames: ['verb', 'resource'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  return ({ verb, resource, code, seconds: taken }) => {
    total.inc({ verb, resource, code })
    if (verb !== 'watch') seconds.observe({ verb, resource }, taken)
  }
}
