import { LRUCache } from 'lru-cache'
import type { AccessSession } from '../../../domain/api/access-session.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { Recorder } from '../../../domain/record/recorder.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { namesOf } from '../requests/requester.ts'

export type Watching = {
  readonly user: Identity
  readonly auditID: string
  readonly session: AccessSession
  readonly what: 'Events' | 'Recording'
  /** Audit ID of the stream of a recording. */
  readonly stream?: string
}

/** The pages of a session that one person reads within this time are one look at it. */
const ONCE_MS = 10 * 60_000
const MAX_WATCHED = 4096

/** Records who looks at the session of somebody else, before it is shown. @throws StatusError ServiceUnavailable when that cannot be recorded */
export function createWatched(recorder: Recorder, nowMs: () => number): (watching: Watching) => Promise<void> {
  const recorded = new LRUCache<string, number>({ max: MAX_WATCHED })
  return async ({ user, auditID, session, what, stream }) => {
    const { spec, metadata, status } = session
    // Agents can read their own sessions all the time, and must not fill the records by it.
    if (namesOf(user.username).includes(spec.username)) return
    // Not by its name: each second of a session is one.
    const key = JSON.stringify([user.username, spec.session, status?.startedAt, what, stream])
    if (nowMs() - (recorded.get(key) ?? -Infinity) < ONCE_MS) return
    try {
      await recorder.record({
        event: 'session.watched',
        auditID,
        by: user.username,
        watched: metadata.name,
        of: spec.username === '' ? undefined : spec.username,
        what,
        stream,
      })
    } catch (cause) {
      throw new StatusError('ServiceUnavailable', 'it cannot be recorded that you look at this session, so it is not shown', {
        cause,
        details: { retryAfterSeconds: 5 },
      })
    }
    recorded.set(key, nowMs())
  }
}
