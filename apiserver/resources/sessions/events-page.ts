import type { MissingGateway } from '../../../domain/api/access-session.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Key } from '../../../server/records/sessions/source.ts'
import { whole } from '../../machinery/http/query.ts'
import type { Heard, Sessions } from '../../sessions/sessions.ts'

const MAX_EVENTS = 500

function keyIn(text: string): Key | undefined {
  if (text === '') return undefined
  try {
    const key = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Key
    const { time, file, offset } = key
    if (
      typeof time === 'string' &&
      !Number.isNaN(Date.parse(time)) &&
      typeof file === 'string' &&
      file.length <= 255 &&
      Number.isSafeInteger(offset) &&
      offset >= 0
    )
      return { time, file, offset }
  } catch {
    // malformed: refused below
  }
  throw new StatusError('BadRequest', 'continue key is not valid')
}

export type EventsPage = { readonly body: object; readonly missing: readonly MissingGateway[]; readonly unreadable: number }

/** A page of the timeline of a session: events of the records without the data of streams, by time. */
export async function eventsPage(
  sessions: Sessions,
  run: Run,
  by: { readonly query: URLSearchParams; readonly heard: Heard; readonly gone: AbortSignal },
): Promise<EventsPage> {
  const asked = whole(by.query, 'limit') ?? 0
  const limit = asked > 0 ? Math.min(asked, MAX_EVENTS) : MAX_EVENTS
  const { events, more, missing, unreadable } = await sessions.events(
    run,
    { after: keyIn(by.query.get('continue') ?? ''), limit, heard: by.heard },
    by.gone,
  )
  const last = events.at(-1)
  const next = more && last !== undefined ? { continue: Buffer.from(JSON.stringify(last.key)).toString('base64url') } : {}
  const body = {
    kind: 'AccessSessionEvents',
    apiVersion: API_VERSION,
    metadata: { ...next },
    items: events.map(({ event }) => event),
    ...(missing.length === 0 ? {} : { missing }),
    ...(unreadable === 0 ? {} : { unreadable }),
  }
  return { body, missing, unreadable }
}
