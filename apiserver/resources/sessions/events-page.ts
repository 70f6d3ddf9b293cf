import type { MissingGateway } from '../../../domain/api/access-session.ts'
import { API_VERSION } from '../../../domain/api/names.ts'
import type { SessionDecision } from '../../../domain/explain/session-decisions.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Key } from '../../../server/records/sessions/source.ts'
import { integerIn } from '../../machinery/http/query.ts'
import type { Heard, Sessions } from '../../sessions/sessions.ts'
import type { SessionDecisions } from './session-decisions.ts'

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

function limitIn(query: URLSearchParams): number {
  const asked = integerIn(query, 'limit') ?? 0
  return asked > 0 ? Math.min(asked, MAX_EVENTS) : MAX_EVENTS
}

const continueAfter = (key: Key | undefined) => (key === undefined ? {} : { continue: Buffer.from(JSON.stringify(key)).toString('base64url') })

export type EventsPage = { readonly body: object; readonly missing: readonly MissingGateway[]; readonly unreadable: number }

/** The decisions after the end of the page before, until the end of this one, so that each is on one page. Those before and after all events too. */
const between = (decisions: readonly SessionDecision[], after: string | undefined, end: string | undefined): readonly SessionDecision[] =>
  decisions.filter(({ time }) => {
    const timeMs = Date.parse(time) || 0
    return (after === undefined || timeMs > Date.parse(after)) && (end === undefined || timeMs <= Date.parse(end))
  })

/**
 * A page of the timeline of a session: events of the records without the data of streams, by time, and what jit-apiserver says of its requests and grants
 * in the same time.
 */
export async function eventsPage(
  sessions: Sessions,
  run: Run,
  by: { readonly query: URLSearchParams; readonly heard: Heard; readonly gone: AbortSignal; readonly decided: SessionDecisions },
): Promise<EventsPage> {
  const limit = limitIn(by.query)
  const after = keyIn(by.query.get('continue') ?? '')
  const { events, more, missing, unreadable } = await sessions.events(run, { after, limit, heard: by.heard }, by.gone)
  const end = more ? events.at(-1)?.key : undefined
  const body = {
    kind: 'AccessSessionEvents',
    apiVersion: API_VERSION,
    metadata: continueAfter(end),
    items: events.map(({ event }) => event),
    decisions: between(by.decided.decisions, after?.time, end?.time),
    ...(by.decided.untold.length === 0 ? {} : { untold: by.decided.untold }),
    ...(missing.length === 0 ? {} : { missing }),
    ...(unreadable === 0 ? {} : { unreadable }),
  }
  return { body, missing, unreadable }
}
