import type { Express } from 'express'
import type { FairLimit } from '../../server/fair-limit.ts'
import { readInbox } from '../cluster/inbox.ts'
import { readGrant, readLiveGrants } from '../cluster/grants.ts'
import { grantsPage } from '../pages/grants.ts'
import { inboxPage, inboxTitle } from '../pages/inbox.ts'
import type { LiveInbox } from '../live/live-inbox.ts'
import { channelOf } from '../session/session.ts'
import { INBOX_EVENTS, isName } from './known-path.ts'
import { serveRequestPage } from './request/request-page.ts'
import { queryOf } from './query.ts'
import { sendPage } from './send-page.ts'
import { signInFirst, type createSignedIn } from './signed-in.ts'

/** The pages. Reading one never changes anything. */
export function servePages(
  app: Express,
  signedIn: ReturnType<typeof createSignedIn>,
  { lists, live }: { readonly lists: FairLimit; readonly live: LiveInbox },
): void {
  app.get(
    '/',
    signedIn(async ({ response, session, client, nowMs }) => {
      const inbox = await lists.take(session.username, () => readInbox(client, session, nowMs))
      const body = inboxPage(inbox, { nowMs, channel: channelOf(session) })
      sendPage(response, { title: inboxTitle(inbox), session, body, scripts: ['inbox'] })
    }, signInFirst),
  )
  app.get(INBOX_EVENTS, (request, response) => live.serve(request, response))
  serveRequestPage(app, signedIn, lists)
  app.get(
    '/grants',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const query = queryOf(request)
      const filter = { subject: query.get('subject')?.trim() || undefined, policy: query.get('policy')?.trim() || undefined }
      const name = query.get('ended')
      const ended = isName(name) ? await readGrant(client, name) : undefined
      const found = await lists.take(session.username, () => readLiveGrants(client, filter, nowMs))
      const body = grantsPage(found, { session, nowMs, filter, ended })
      sendPage(response, { title: 'Grants', session, body })
    }, signInFirst),
  )
}
