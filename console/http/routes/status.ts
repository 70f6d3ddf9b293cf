import type { Express } from 'express'
import { createFairLimit } from '../../../server/fair-limit.ts'
import { readStatus } from '../../cluster/status/status.ts'
import { statusPage } from '../../pages/status/status.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst, type createSignedIn } from '../signed-in.ts'

const AT_ONCE = 2

/** Whether jit-access works, as far as its objects tell. */
export function serveStatus(app: Express, signedIn: ReturnType<typeof createSignedIn>): void {
  const limit = createFairLimit(AT_ONCE)
  app.get(
    '/status',
    signedIn(async ({ response, session, client, nowMs }) => {
      const sections = await limit.take(session.username, () => readStatus(client, nowMs))
      sendPage(response, { title: 'Status', session, body: statusPage(sections) })
    }, signInFirst),
  )
}
