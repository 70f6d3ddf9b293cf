import type { Express } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import type { Places } from '../../kube/places.ts'
import { createSort, readInbox } from '../cluster/inbox.ts'
import { readLiveGrants } from '../cluster/grants.ts'
import { readPolicy, readRequest, seenOf, withPlan } from '../cluster/requests.ts'
import { grantsPage } from '../pages/grants.ts'
import { inboxPage, inboxTitle } from '../pages/inbox.ts'
import { requestPage } from '../pages/request/request.ts'
import type { LiveInbox } from '../live/live-inbox.ts'
import { channelOf } from '../session/session.ts'
import { INBOX_EVENTS, isName } from './known-path.ts'
import { sendPage } from './send-page.ts'
import { signInFirst, type createSignedIn } from './signed-in.ts'

/** @throws StatusError NotFound for what cannot be the name of an object */
export function nameIn(text: unknown): string {
  if (!isName(text)) throw new StatusError('NotFound', 'There is no such page.')
  return text
}

/** The pages. Reading one never changes anything. */
export function servePages(
  app: Express,
  signedIn: ReturnType<typeof createSignedIn>,
  { lists, live }: { readonly lists: Places; readonly live: LiveInbox },
): void {
  app.get(
    '/',
    signedIn(async ({ response, session, client, nowMs }) => {
      const inbox = await lists.take(() => readInbox(client, session, nowMs))
      const body = inboxPage(inbox, { nowMs, channel: channelOf(session) })
      sendPage(response, { title: inboxTitle(inbox), session, body, scripts: ['inbox'] })
    }, signInFirst),
  )
  app.get(INBOX_EVENTS, (request, response) => live.serve(request, response))
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
