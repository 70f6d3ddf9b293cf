import { Counter, Gauge, type Registry } from 'prom-client'
import { reviewPhase } from '../domain/api/break-glass/review.ts'
import type { Recorder } from '../domain/record/recorder.ts'
import { fromEntry } from './machinery/object.ts'
import { REVIEWS } from './resources/break-glass/break-glass-usage.ts'
import { asBreakGlassReview } from './resources/typed.ts'
import type { Store } from './storage/port.ts'

const PAGE = { limit: 200, maxBytes: 256 * 1024 }

/** The number of reviews that wait, and of those that are overdue. @throws StoreUnavailable */
async function countReviews(store: Store, nowMs: number): Promise<{ readonly open: number; readonly overdue: number }> {
  const counts = { open: 0, overdue: 0 }
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(REVIEWS, { ...PAGE, after })
    for (const entry of page.entries) {
      const phase = reviewPhase(asBreakGlassReview(fromEntry(entry)), nowMs)
      if (phase === 'Open' || phase === 'Overdue') counts.open += 1
      if (phase === 'Overdue') counts.overdue += 1
    }
    ;({ after } = page)
  }
  return counts
}

/**
 * Reads the reviews on each scrape, since a review becomes overdue without a request. A process that does not hold the store reports no reviews.
 * Returns a recorder that also counts grants by break-glass.
 */
export function breakGlassMetrics(
  registry: Registry,
  { store, nowMs }: { readonly store: Store; readonly nowMs: () => number },
): { readonly counting: (recorder: Recorder) => Recorder } {
  const reviews = new Gauge({
    name: 'jit_apiserver_break_glass_reviews',
    help: 'Uses of break-glass that are not reviewed yet: open counts all of them, overdue those whose time is over. Absent on a process that does not hold the store.',
    labelNames: ['state'],
    registers: [],
    async collect() {
      this.reset()
      const counts = await countReviews(store, nowMs()).catch(() => undefined)
      if (counts === undefined) return
      this.set({ state: 'open' }, counts.open)
      this.set({ state: 'overdue' }, counts.overdue)
    },
  })
  registry.registerMetric(reviews)
  const grants = new Counter({
    name: 'jit_apiserver_break_glass_grants_total',
    help: 'Grants made by break-glass, without an approver.',
    registers: [registry],
  })
  return {
    counting: (recorder) => ({
      note: (event) => recorder.note(event),
      record: async (event) => {
        await recorder.record(event)
        if (event.event === 'access.decided' && event.decision === 'BreakGlass') grants.inc()
      },
    }),
  }
}
