import type { BreakGlassReview } from '../../domain/api/break-glass/review.ts'
import { BREAK_GLASS_REVIEWS_PATH } from '../../domain/api/names.ts'
import { createInformer } from '../../kube/informer.ts'
import { reasonOf } from '../../server/log.ts'
import type { WorkOptions } from '../work.ts'

/** The reviews of break-glass, and what follows them. */
export type FollowedReviews = {
  start(): void
  stop(): void
  /** Undefined while they are not known. */
  list(): readonly BreakGlassReview[] | undefined
}

/** Follows the reviews of break-glass, and checks their policies when one changes. */
export function followReviews({ client, clock, log, policies }: WorkOptions, suspect: (policy: string) => void): FollowedReviews {
  const reviews = createInformer<BreakGlassReview>({
    client,
    clock,
    path: BREAK_GLASS_REVIEWS_PATH,
    onError: (error) => log.warn('watch.trouble', { path: BREAK_GLASS_REVIEWS_PATH, error: reasonOf(error) }),
  })
  reviews.subscribe(({ object }) => {
    for (const policy of object.spec.policies) suspect(policy)
  })
  return {
    start: () => {
      reviews.start()
      // Their policies were checked before the reviews were known.
      void reviews.whenSynced().then(() => {
        for (const { metadata, spec } of policies.list()) if (spec.approvals?.breakGlass !== undefined) suspect(metadata.name)
      })
    },
    stop: () => reviews.stop(),
    list: () => (reviews.synced() ? reviews.list() : undefined),
  }
}
