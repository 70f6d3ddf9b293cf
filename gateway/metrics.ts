import { Counter, Histogram, type Registry } from 'prom-client'
import { readGauge } from '../server/metrics.ts'
import type { StatusError } from '../domain/status-error.ts'
import type { CutReason } from '../server/http/connections.ts'
import type { ImpersonationRefusal } from './forward/impersonation-refusal.ts'
import type { ReachedLimit } from './wire-limits.ts'
import { forwardedOf, type RequestTrace } from './record/request-trace.ts'

export type GatewayMetrics = {
  ended(trace: RequestTrace, outcome: 'completed' | 'aborted' | 'failed' | 'refused', code: number): void
  refusedBeforeAuthentication(error: StatusError): void
  recordLost(): void
  bounded(bound: ReachedLimit | CutReason): void
  cannotImpersonate(refusal: ImpersonationRefusal): void
  /** Delay between a kube-apiserver response that includes a Secret revision and the watch event for it. */
  secretsLate(ms: number): void
}

export const recordFilesRemoved = (registry: Registry): Counter =>
  new Counter({ name: 'jit_gateway_record_files_removed_total', help: 'Record files that retention removed.', registers: [registry] })

/** Verbs that may become a label value. All other verbs share the label `other`, so clients cannot create new series. */
const VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'])

/** Labels are verbs, effects, outcomes, codes and reasons. They are bounded and contain no user or object names. */
export function gatewayMetrics(registry: Registry, state: { readonly inFlight: () => number; readonly streams: () => number }): GatewayMetrics {
  const registers = [registry]
  const total = new Counter({
    name: 'jit_gateway_requests_total',
    help: 'Requests by verb, effect, outcome and code.',
    labelNames: ['verb', 'effect', 'outcome', 'code'],
    registers,
  })
  const seconds = new Histogram({
    name: 'jit_gateway_request_duration_seconds',
    help: 'Time from arrival to the last byte. Streams and held requests are excluded.',
    labelNames: ['verb'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const unauthenticated = new Counter({
    name: 'jit_gateway_unauthenticated_requests_total',
    help: 'Requests refused before authentication. 403 counts tokens that claim a reserved system name.',
    labelNames: ['code'],
    registers,
  })
  const lost = new Counter({ name: 'jit_gateway_records_lost_total', help: 'Outcomes and refusals that could not be recorded.', registers })
  const bounds = new Counter({
    name: 'jit_gateway_bounds_reached_total',
    help: 'Requests that were answered with 429, and connections that were rejected or closed, by the limit that was reached.',
    labelNames: ['bound'],
    registers,
  })
  const impersonation = new Counter({
    name: 'jit_gateway_impersonation_refusals_total',
    help: 'Requests that failed because kube-apiserver did not let the gateway impersonate the agent. identity: a policy lacks its RBAC; action: beyond what the gateway may do.',
    labelNames: ['kind'],
    registers,
  })
  const late = new Histogram({
    name: 'jit_gateway_secrets_watch_late_seconds',
    help: 'Delay between a response of kube-apiserver at a Secret revision and the watch event for that revision. Streams wait at least 0.05 s and twice the maximum of the last minute.',
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  })
  readGauge(registry, { name: 'jit_gateway_in_flight_requests', help: 'Requests that are being served.' }, state.inFlight)
  readGauge(
    registry,
    {
      name: 'jit_gateway_live_streams',
      help: 'Answers that end with their grant, token or policies: all under a grant, watches, logs, streams and proxied ones.',
    },
    state.streams,
  )

  return {
    ended: (trace, outcome, code) => {
      const { classified, decided } = trace.request ?? {}
      const verb = classified?.verb ?? 'none'
      const label = VERBS.has(verb) ? verb : 'other'
      const effect = decided?.decision.effect ?? 'none'
      total.inc({ verb: label, effect, outcome, code: String(code) })
      const waits = forwardedOf(trace)?.endless === true || effect === 'RequireApproval'
      if (!waits) seconds.observe({ verb: label }, (Date.now() - trace.arrivedMs) / 1000)
    },
    refusedBeforeAuthentication: (error) => unauthenticated.inc({ code: String(error.code) }),
    recordLost: () => lost.inc(),
    bounded: (bound) => bounds.inc({ bound }),
    cannotImpersonate: ({ kind }) => impersonation.inc({ kind }),
    secretsLate: (ms) => late.observe(ms / 1000),
  }
}
