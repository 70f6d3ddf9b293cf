import { isSession } from '../../domain/record/sessions/session-name.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { EventQuery, Key, RunQuery, StreamQuery } from '../../server/records/sessions/source.ts'

const wrong = (name: string): StatusError => new StatusError('BadRequest', `${name} is missing or has a value that is not valid`)

function whole(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? ''
  if (!/^\d{1,16}$/.test(text)) throw wrong(name)
  return Number(text)
}

function limitIn(query: URLSearchParams, most: number): number {
  const limit = whole(query, 'limit')
  if (limit < 1 || limit > most) throw wrong('limit')
  return limit
}

function sessionIn(query: URLSearchParams, name: string): string {
  const session = query.get(name) ?? ''
  if (!isSession(session)) throw wrong(name)
  return session
}

export const MAX_RUNS = 1000
export const MAX_EVENTS = 1000
const MAX_USERS = 16

export function readRunQuery(query: URLSearchParams): RunQuery {
  const users = query.getAll('user')
  if (users.length > MAX_USERS) throw wrong('user')
  return {
    sinceMs: whole(query, 'sinceMs'),
    untilMs: whole(query, 'untilMs'),
    limit: limitIn(query, MAX_RUNS),
    ...(users.length === 0 ? {} : { users }),
    ...(query.has('session') ? { session: sessionIn(query, 'session') } : {}),
    ...(query.has('after') ? { after: sessionIn(query, 'after') } : {}),
  }
}

/** The place after which events follow. The file is compared with names of files, and never opened by this name. */
function keyIn(query: URLSearchParams): Key | undefined {
  const [time, file] = [query.get('time'), query.get('file')]
  if (time === null && file === null) return undefined
  if (time === null || file === null || Number.isNaN(Date.parse(time))) throw wrong('time')
  return { time, file, offset: whole(query, 'offset') }
}

const spanIn = (query: URLSearchParams) => ({ fromMs: whole(query, 'fromMs'), toMs: whole(query, 'toMs') })

export function readEventQuery(query: URLSearchParams): EventQuery {
  const after = keyIn(query)
  return { session: sessionIn(query, 'session'), ...spanIn(query), limit: limitIn(query, MAX_EVENTS), ...(after === undefined ? {} : { after }) }
}

export function readStreamQuery(query: URLSearchParams): StreamQuery {
  const auditID = query.get('auditID') ?? ''
  if (auditID === '' || auditID.length > 128) throw wrong('auditID')
  return { session: sessionIn(query, 'session'), ...spanIn(query), auditID }
}
