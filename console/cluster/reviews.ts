import { isOpenReview, reviewPhase, type BreakGlassReview } from '../../domain/api/break-glass/review.ts'
import { BREAK_GLASS_REVIEWS_PATH, objectPath } from '../../domain/api/names.ts'
import { fieldSelectorOf } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import { sameName } from '../../domain/approval/place.ts'
import type { UserClient } from './impersonate.ts'
import { listSome } from './list-some.ts'
import { orNothing } from './part-reading.ts'
import { pagesOf } from './list-pages.ts'

const TRIES = 5
const REASON = 'Console'
/** Open reviews of one inbox. Each user has one at most. */
const MAX_REVIEWS = 200
/** Reviews that are read for it. The server keeps decided ones for a while. */
const MAX_READ = 5000

/** The review of a request that used break-glass. Undefined when there is none that the user sees. @throws StatusError */
export async function readReview(client: UserClient, requestName: string): Promise<BreakGlassReview | undefined> {
  const pages = pagesOf<BreakGlassReview>(client, BREAK_GLASS_REVIEWS_PATH, { fieldSelector: fieldSelectorOf({ 'spec.requestName': requestName }) })
  const first = await orNothing(pages.next())
  return first?.done === true ? undefined : first?.value.at(-1)
}

/** Uses of break-glass by others that nobody reviewed, those first that are due first. None when the user may not list them. @throws StatusError */
export async function readOpenReviews(client: UserClient, username: string): Promise<readonly BreakGlassReview[]> {
  const keep = (review: BreakGlassReview): BreakGlassReview | undefined =>
    isOpenReview(review) && !sameName(review.spec.subject.username, username) ? review : undefined
  const open = await orNothing(listSome<BreakGlassReview, BreakGlassReview>(client, BREAK_GLASS_REVIEWS_PATH, { most: MAX_READ, keep }))
  return (open?.items ?? []).toSorted((one, other) => one.spec.dueAt.localeCompare(other.spec.dueAt)).slice(0, MAX_REVIEWS)
}

type Decided = { readonly type: 'Justified' | 'Unjustified'; readonly message: string }

/** Decides a review. @throws StatusError Conflict when somebody decided it before, or what the server refuses with */
export async function decideReview(client: UserClient, name: string, { type, message }: Decided): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const review = await client.json<BreakGlassReview>({ method: 'GET', path: objectPath(BREAK_GLASS_REVIEWS_PATH, name) })
    if (!isOpenReview(review)) {
      const phase = reviewPhase(review, 0).toLowerCase()
      throw new StatusError('Conflict', `Nothing was decided by you: ${review.status?.reviewer?.username ?? 'somebody'} decided it as ${phase}.`)
    }
    try {
      const condition = { type, status: 'True', reason: REASON, message }
      await client.json({
        method: 'PUT',
        path: objectPath(BREAK_GLASS_REVIEWS_PATH, name, 'decision'),
        body: { ...review, status: { conditions: [condition] } },
      })
      return
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'Conflict' || tries === TRIES) throw error
    }
  }
}
