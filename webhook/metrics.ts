import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { ageSeconds, readGauge } from '../server/metrics.ts'
import type { AdmissionLock } from '../domain/admission-lock.ts'
import type { Views } from './grants/view.ts'
import type { ReviewAnswer } from './review/answer.ts'
import type { AdmissionOperation } from './review/admission-review.ts'
import type { LockState } from './configuration/watch-locks.ts'

export type WebhookMetrics = {
  readonly reviewed: (event: {
    readonly decision: ReviewAnswer['decision']
    readonly operation: AdmissionOperation
    readonly seconds: number
  }) => void
  readonly read: (failed: boolean) => void
  readonly unreadable: () => void
  readonly lock: (lock: AdmissionLock, state: LockState) => void
}

/** All label values come from fixed lists. Users, objects and namespaces are never labels. */
export function webhookMetrics(registry: Registry, views: Pick<Views, 'staleForMs' | 'cached'>): WebhookMetrics {
  const registers = [registry]
  const reviews = new Counter({
    name: 'jit_webhook_reviews_total',
    help: 'Admission reviews answered.',
    labelNames: ['decision', 'operation'],
    registers,
  })
  const seconds = new Histogram({
    name: 'jit_webhook_review_duration_seconds',
    help: 'Time to answer an admission review.',
    labelNames: ['decision'],
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  const reads = new Counter({
    name: 'jit_webhook_fresh_reads_total',
    help: 'Reads of policies and grants from the API, made before a denial or when the cached copy is too old.',
    labelNames: ['outcome'],
    registers,
  })
  const malformed = new Counter({
    name: 'jit_webhook_unreadable_requests_total',
    help: 'Requests that were not a valid admission review.',
    registers,
  })
  const intact = new Gauge({
    name: 'jit_webhook_lock_intact',
    help: '1 while the admission policy or binding is as shipped with this release, 0 while it is changed or missing, -1 while it cannot be read.',
    labelNames: ['kind', 'name'],
    registers,
  })
  readGauge(
    registry,
    {
      name: 'jit_webhook_view_age_seconds',
      help: 'Time since policies and grants were last known to be current; 0 while both watches are established, -1 before the first read.',
    },
    () => ageSeconds(views.staleForMs()),
  )
  readGauge(
    registry,
    { name: 'jit_webhook_suspensions', help: 'AccessSuspensions in force; -1 while they are unknown and every review asks the API.' },
    () => views.cached()?.suspensions.size ?? -1,
  )
  return {
    reviewed: ({ decision, operation, seconds: taken }) => {
      reviews.inc({ decision, operation })
      seconds.observe({ decision }, taken)
    },
    read: (failed) => reads.inc({ outcome: failed ? 'error' : 'success' }),
    unreadable: () => malformed.inc(),
    lock: ({ kind, name }, state) => intact.set({ kind, name }, state === 'intact' ? 1 : state === 'unknown' ? -1 : 0),
  }
}
