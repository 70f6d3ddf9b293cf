import type { Express } from 'express'
import { readAskedBefore } from '../../cluster/asked-before.ts'
import { readImpact } from '../../cluster/impact.ts'
import { createSort, readInbox } from '../../cluster/inbox.ts'
import { readPolicies, readRequest, seenOf, withPlan } from '../../cluster/requests.ts'
import { readReview } from '../../cluster/reviews.ts'
import { requestPage } from '../../pages/request/request.ts'
import type { FairLimit } from '../../../server/fair-limit.ts'
import { INBOX, isName, nameIn, requestPath } from '../known-path.ts'
import { queryOf } from '../query.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst, type createSignedIn } from '../signed-in.ts'

/** The page of a request, and the way from one request to the next. */
export function serveRequestPage(app: Express, signedIn: ReturnType<typeof createSignedIn>, lists: FairLimit): void {
  app.get(
    '/requests/:name',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const found = await readRequest(client, nameIn(request.params['name']))
      const [full, policies, place, askedBefore, review, impact] = await Promise.all([
        withPlan(client, found),
        readPolicies(client, found),
        createSort(client, session, nowMs)(found),
        lists.take(session.username, () => readAskedBefore(client, found, nowMs)),
        found.spec.breakGlass === true ? readReview(client, found.metadata.name) : undefined,
        readImpact(client, found, nowMs),
      ])
      const view = queryOf(request).get('diff') === 'split' ? 'split' : 'unified'
      const deciding = { session, seen: seenOf(found), place }
      sendPage(response, {
        title: `Request ${found.metadata.name}`,
        session,
        body: requestPage(full, { policies, nowMs, deciding, view, askedBefore, review, impact }),
      })
    }, signInFirst),
  )
  app.get(
    '/next',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const { mine } = await lists.take(session.username, () => readInbox(client, session, nowMs))
      const after = queryOf(request).get('after')
      const at = mine.findIndex(({ metadata }) => metadata.name === after)
      // After the last one comes the first, unless it is the one that was left.
      const next = mine[at + 1] ?? (at > 0 ? mine[0] : undefined)
      response.redirect(303, next !== undefined && isName(next.metadata.name) ? requestPath(next.metadata.name) : INBOX)
    }, signInFirst),
  )
}
