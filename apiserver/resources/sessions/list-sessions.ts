import type { AccessSession } from '../../../domain/api/access-session.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'
import { isSession, nameOfRun } from '../../../domain/record/sessions/session-name.ts'
import { readFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeObject, Visibility } from '../../machinery/kind.ts'
import type { ListQuery } from '../../machinery/read/list-query.ts'
import type { Missing } from '../../sessions/gather.ts'
import type { Sessions } from '../../sessions/sessions.ts'

/** Objects in a page. A list without a limit is divided, too. */
const MAX_PAGE = 500
/** Questions to the gateways for one page: a caller that may see few sessions gets what was found until then, and a continue token. */
const MAX_ROUNDS = 8
const DAY_MS = 24 * 3600_000

type Token = { readonly session: string; readonly name: string }

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url')

function readToken(text: string): Token | undefined {
  if (text === '') return undefined
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Token
    if (isSession(token.session) && typeof token.name === 'string') return { session: token.session, name: token.name }
  } catch {
    // malformed: refused below
  }
  throw new StatusError('BadRequest', 'continue key is not valid')
}

/** A time of the query. @throws StatusError BadRequest */
function timeIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(ms)) throw new StatusError('BadRequest', `${name}: "${text.slice(0, 40)}" is not a time; write it as 2026-11-25T12:00:00Z`)
  return ms
}

/** The users that a list is limited to: the caller's own names, or the one of the selector. Undefined: every user. */
function usersOf(visibility: Visibility, fieldSelector: string): readonly string[] | undefined {
  const asked = readFieldSelector(fieldSelector).find(({ field, operator }) => field === 'spec.username' && operator !== '!=')?.value
  const own = visibility.where?.in
  if (asked === undefined) return own
  return own === undefined || own.includes(asked) ? [asked] : []
}

/** The session before this one, so that a question for what comes after it begins here. */
function before(session: string): string | undefined {
  const value = BigInt(`0x${session}`)
  return value === 0n ? undefined : (value - 1n).toString(16).padStart(32, '0')
}

export type ListedSessions = { readonly objects: readonly AccessSession[]; readonly next?: string; readonly missing: readonly Missing[] }

/** One page of the sessions that a caller may see, by name. */
export async function listSessions(
  sessions: Sessions,
  by: {
    readonly query: ListQuery
    readonly url: URL
    readonly visibility: Visibility
    readonly nowMs: number
    readonly gone: AbortSignal
    readonly matches: (object: KubeObject) => boolean
    readonly objectOf: (run: Run, complete: boolean) => Promise<AccessSession>
  },
): Promise<ListedSessions> {
  const { query, url, visibility, nowMs, gone } = by
  const token = readToken(query.continueToken)
  const users = usersOf(visibility, query.fieldSelector)
  const span = { sinceMs: timeIn(url.searchParams, 'since') ?? 0, untilMs: timeIn(url.searchParams, 'until') ?? nowMs + DAY_MS }
  const limit = query.limit > 0 ? Math.min(query.limit, MAX_PAGE) : MAX_PAGE
  const objects: AccessSession[] = []
  let last = token
  let after = token === undefined ? undefined : before(token.session)
  if (users?.length === 0) return { objects, missing: [] }
  for (let round = 1; ; round += 1) {
    const page = await sessions.list(
      { ...span, limit: MAX_PAGE, ...(users === undefined ? {} : { users }), ...(after === undefined ? {} : { after }) },
      gone,
    )
    for (const run of page.runs) {
      const name = nameOfRun(run)
      if (last !== undefined && (run.session < last.session || (run.session === last.session && name <= last.name))) continue
      if (objects.length === limit && last !== undefined) return { objects, next: writeToken(last), missing: page.missing }
      const object = await by.objectOf(run, page.missing.length === 0)
      if (by.matches(object) && (await visibility.sees(object))) objects.push(object)
      last = { session: run.session, name }
    }
    if (page.next === undefined) return { objects, missing: page.missing }
    after = page.next
    // `~` is after every name of the session.
    if (round === MAX_ROUNDS) return { objects, next: writeToken({ session: page.next, name: '~' }), missing: page.missing }
  }
}
