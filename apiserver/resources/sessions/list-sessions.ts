import type { AccessSession, MissingGateway } from '../../../domain/api/access-session.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'
import { nameOfRun } from '../../../domain/record/sessions/session-name.ts'
import { readFieldSelector } from '../../../domain/selectors/field-selector.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeObject, Visibility } from '../../machinery/kind.ts'
import type { ListQuery } from '../../machinery/read/list-query.ts'
import type { ListRuns, Sessions } from '../../sessions/sessions.ts'
import type { ListTokens, ListPosition } from './list-tokens.ts'

/** Objects in a page. A list without a limit is divided, too. */
const MAX_PAGE = 500
/** Questions to the gateways for one page: a caller that may see few sessions gets what was found until then, and a continue token. */
const MAX_ROUNDS = 8
const DAY_MS = 24 * 3600_000

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

export type ListedSessions = { readonly objects: readonly AccessSession[]; readonly next?: string; readonly missing: readonly MissingGateway[] }

type Listing = {
  readonly query: ListQuery
  readonly tokens: ListTokens
  readonly url: URL
  readonly visibility: Visibility
  readonly nowMs: number
  readonly gone: AbortSignal
  readonly matches: (object: KubeObject) => boolean
  readonly objectOf: (run: Run, complete: boolean) => Promise<AccessSession>
}

/** Collects visible sessions until a page is full. */
class PageOfSessions {
  readonly objects: AccessSession[] = []
  readonly #limit: number
  readonly #by: Listing
  readonly #from: ListPosition | undefined

  constructor(by: Listing, from: ListPosition | undefined) {
    this.#by = by
    this.#limit = by.query.limit > 0 ? Math.min(by.query.limit, MAX_PAGE) : MAX_PAGE
    this.#from = from
  }

  #isPast({ session }: Run, name: string): boolean {
    const from = this.#from
    return from !== undefined && (session < from.session || (session === from.session && name <= from.name))
  }

  /**
   * Adds what the caller sees of these. Returns where the next page begins when another one that the caller sees does not fit, so that it says nothing of
   * those that the caller does not see.
   */
  async add(runs: readonly Run[], complete: boolean): Promise<ListPosition | undefined> {
    const { matches, objectOf, visibility } = this.#by
    for (const run of runs) {
      const name = nameOfRun(run)
      if (this.#isPast(run, name)) continue
      const object = await objectOf(run, complete)
      if (!matches(object) || !(await visibility.sees(object))) continue
      const last = this.objects.at(-1)
      if (last !== undefined && this.objects.length === this.#limit) return { session: last.spec.session, name: last.metadata.name }
      this.objects.push(object)
    }
    return undefined
  }
}

type Asked = Omit<ListRuns, 'after'>

/** Reads runs until the page is full, all are read, or enough was asked for one page. */
async function fill(
  page: PageOfSessions,
  sessions: Sessions,
  by: { readonly asked: Asked; readonly after: string | undefined; readonly gone: AbortSignal },
): Promise<{ readonly next?: ListPosition; readonly missing: readonly MissingGateway[] }> {
  let { after } = by
  // Also of a gateway that answers again: what it has for an earlier round is not in the page.
  const away = new Map<string, MissingGateway>()
  for (let round = 1; ; round += 1) {
    const { runs, next: more, missing: now } = await sessions.list({ ...by.asked, ...(after === undefined ? {} : { after }) }, by.gone)
    for (const each of now) away.set(each.gateway, each)
    const missing = [...away.values()]
    const full = await page.add(runs, missing.length === 0)
    if (full !== undefined) return { next: full, missing }
    if (more === undefined) return { missing }
    // `~` is after every name of the session.
    if (round === MAX_ROUNDS) return { next: { session: more, name: '~' }, missing }
    after = more
  }
}

/** One page of the sessions that a caller may see, by name. */
export async function listSessions(sessions: Sessions, by: Listing): Promise<ListedSessions> {
  const { query, url, visibility, nowMs, gone, tokens } = by
  const from = await tokens.read(query.continueToken)
  const users = usersOf(visibility, query.fieldSelector)
  if (users?.length === 0) return { objects: [], missing: [] }
  const asked: Asked = {
    sinceMs: timeIn(url.searchParams, 'since') ?? 0,
    untilMs: timeIn(url.searchParams, 'until') ?? nowMs + DAY_MS,
    limit: MAX_PAGE,
    ...(users === undefined ? {} : { users }),
  }
  const page = new PageOfSessions(by, from)
  const after = from === undefined ? undefined : before(from.session)
  const { next, missing } = await fill(page, sessions, { asked, after, gone })
  return { objects: page.objects, missing, ...(next === undefined ? {} : { next: await tokens.write(next) }) }
}
