import type { Express } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import { createPlaces } from '../../kube/places.ts'
import { createSort, readInbox } from '../cluster/inbox.ts'
import { readLiveGrants } from '../cluster/grants.ts'
import { readPolicy, readRequest, seenOf, withPlan } from '../cluster/requests.ts'
import { grantsPage } from '../pages/grants.ts'
import { inboxPage } from '../pages/inbox.ts'
import { requestPage } from '../pages/request/request.ts'
import { isName } from './known-path.ts'
import { sendPage } from './send-page.ts'
import { signInFirst, type createSignedIn } from './signed-in.ts'

/** @throws StatusError NotFound for what cannot be the name of an object */
export function nameIn(text: unknown): string {
  if (!isName(text)) throw new StatusError('NotFound', 'There is no such page.')
  return text
}

/** Pages that list objects and are made at once. Each holds thousands of objects. */
const LISTS_AT_ONCE = 4

/** The pages. Reading one never changes anything. */
export function servePages(app: Express, signedIn: ReturnType<typeof createSignedIn>): void {
  const lists = createPlaces(LISTS_AT_ONCE)
  app.get(
    '/',
    signedIn(async ({ response, session, client, nowMs }) => {
      const inbox = await lists.take(() => readInbox(client, session, nowMs))
      const count = inbox.mine.length === 0 ? '' : ` (${inbox.mine.length})`
      sendPage(response, { title: `Inbox${count}`, session, body: inboxPage(inbox, nowMs) })
    }, signInFirst),
  )
  app.get(
    '/requests/:name',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const found = await readRequest(client, nameIn(request.params['name']))
      const [full, policy, place] = await Promise.all([withPlan(client, found), readPolicy(client, found), createSort(client, session, nowMs)(found)])
      const body = requestPage(full, { policy, nowMs, deciding: { session, seen: seenOf(found), place } })
      sendPage(response, { title: `Request ${found.metadata.name}`, session, body })
    }, signInFirst),
  )
  app.get(
    '/grants',
    signedIn(async ({ response, session, client, nowMs }) => {
      const body = grantsPage(await lists.take(() => readLiveGrants(client, nowMs)), { session, nowMs })
      sendPage(response, { title: 'Grants', session, body })
    }, signInFirst),
  )
}
