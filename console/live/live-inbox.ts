import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import { StatusError } from '../../domain/status-error.ts'
import type { FairLimit } from '../../server/fair-limit.ts'
import { FairCounts } from '../../server/fair-counts.ts'
import { reasonOf } from '../../server/log.ts'
import { readInbox } from '../cluster/inbox.ts'
import { userClient } from '../cluster/impersonate.ts'
import type { Context } from '../http/context.ts'
import { sessionNow } from '../http/current-session.ts'
import { inboxContent, inboxTitle } from '../pages/inbox.ts'
import { endOf, type Session } from '../session/session.ts'
import { openEventStream, type EventStream } from './event-stream.ts'
import { createFeed, TIMING, type Feed, type FeedTiming, type Snapshot } from './feed.ts'
import { watchRequests } from './watch-requests.ts'

/** Streams of one user, in all their browsers. Tabs of one browser share one. */
const MAX_OF_USER = 6
/** Each can hold a watch, and so a connection to kube-apiserver. */
export const MAX_STREAMS = 128
/** A stream ends after this time and the browser connects again with its cookie, so a sign-out that another replica served ends it too. */
const STREAM_MS = 60_000
/** A feed stays for browsers that connect again. */
const LINGER_MS = 5_000
const READ_MS = 25_000

export type LiveInbox = {
  /** Streams the inbox of a session. @throws StatusError Unauthorized, TooManyRequests */
  serve(request: Request, response: Response): Promise<void>
  /** Ends the streams of a session that was signed out. */
  signedOut(session: Pick<Session, 'id'>): void
}

type UserFeed = Feed & { readonly session: Session }
type Open = { readonly sessionID: string; readonly stream: EventStream }
type Options = { readonly lists: FairLimit; readonly timing?: FeedTiming }

/** A session goes on with the groups that the identity provider names at a later sign-in: what was read with the groups before is not for it. */
const keyOf = ({ id, groups }: Session): string => JSON.stringify([id, groups])

/** Streams of inboxes, one feed for each session and its groups. A stream never makes its session last longer. */
export function createLiveInbox(context: Context, { lists, timing = TIMING }: Options): LiveInbox {
  const { client, clock, log, metrics, limits, stopping } = context
  const counts = new FairCounts<string>(MAX_OF_USER, MAX_STREAMS)
  const feeds = new Map<string, UserFeed>()
  const open = new Set<Open>()

  const read = async (session: Session, signal: AbortSignal): Promise<Snapshot> => {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)])
    const nowMs = clock.nowMs()
    const inbox = await lists.take(session.username, () => readInbox(userClient(client, session, inTime), session, nowMs))
    const { mine } = inbox
    const data = JSON.stringify({
      title: inboxTitle(inbox),
      waiting: mine.map(({ metadata }) => metadata.name),
      markup: inboxContent(inbox, nowMs).markup,
    })
    return { data, id: createHash('sha256').update(data).digest('base64url').slice(0, 22) }
  }
  const end = (key: string): void => {
    feeds.get(key)?.stop()
    feeds.delete(key)
  }
  const feedOf = (session: Session): Feed => {
    const existing = feeds.get(keyOf(session))
    if (existing !== undefined) return existing
    // Sessions are many. Feeds of a user that nobody listens to hold no more watches than their streams may.
    for (const [key, feed] of feeds) if (feed.session.username === session.username && feed.subscribers() === 0) end(key)
    const feed = createFeed(
      {
        watch: (changed, signal) => watchRequests(userClient(client, session, signal), changed, signal),
        read: (signal) => read(session, signal),
        failed: (error) => {
          metrics.liveFailed()
          log.warn('inbox.live-failed', { error: reasonOf(error) })
        },
      },
      timing,
    )
    feeds.set(keyOf(session), { ...feed, session })
    return feed
  }
  const leave = (session: Session): void => {
    setTimeout(() => {
      if (feeds.get(keyOf(session))?.subscribers() === 0) end(keyOf(session))
    }, LINGER_MS).unref()
  }

  stopping?.addEventListener('abort', () => {
    for (const { stream } of open) stream.end('time')
    for (const feed of feeds.values()) feed.stop()
  })

  return {
    serve: async (request, response) => {
      const session = await sessionNow(request, context)
      if (session === undefined) throw new StatusError('Unauthorized', 'Your session has ended. Sign in again.')
      // A browser that has left meanwhile closes nothing any more: its stream would count, and its feed would read, forever.
      if (response.destroyed) return
      const { username, id } = session
      if (stopping?.aborted === true || counts.full(username, 1) !== undefined)
        throw new StatusError('TooManyRequests', 'too many browsers show the inbox; this one updates when it is loaded again')
      counts.add(username, 1)
      metrics.streams(1)
      const lastId = request.headers['last-event-id']
      const stream = openEventStream(response, {
        lastId: typeof lastId === 'string' ? lastId : '',
        holds: async () => (await sessionNow(request, context)) !== undefined,
      })
      const opened: Open = { sessionID: id, stream }
      open.add(opened)
      const unsubscribe = feedOf(session).subscribe(stream.send)
      const leftMs = endOf(session, limits) - clock.nowMs()
      const timer = leftMs < STREAM_MS ? setTimeout(() => stream.end('session'), leftMs) : setTimeout(() => stream.end('time'), STREAM_MS)
      response.once('close', () => {
        clearTimeout(timer)
        unsubscribe()
        open.delete(opened)
        counts.add(username, -1)
        metrics.streams(-1)
        leave(session)
      })
    },
    signedOut: ({ id }) => {
      for (const { sessionID, stream } of open) if (sessionID === id) stream.end('session')
      for (const [key, { session }] of feeds) if (session.id === id) end(key)
    },
  }
}
