import type { AccessSession, MissingGateway } from '../../../domain/api/access-session.ts'
import type { Recorder } from '../../../domain/record/recorder.ts'
import type { Run } from '../../../domain/record/sessions/run.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createConcurrencyLimit } from '../../../kube/concurrency-limit.ts'
import { negotiate } from '../../machinery/http/accept.ts'
import type { ServedKind } from '../../machinery/http/handler.ts'
import { warn } from '../../machinery/http/serve-resource.ts'
import { encode, includeObject, shapeList, shapeObject } from '../../machinery/read/encode.ts'
import { createListLimit } from '../../machinery/read/list-limit.ts'
import { listQuery } from '../../machinery/read/list-query.ts'
import { fieldSelector, labelSelector } from '../../machinery/read/selectors.ts'
import { SEES_ALL } from '../../machinery/read/visibility.ts'
import { notFound } from '../../machinery/write/write-errors.ts'
import { createTurns } from '../../machinery/turns.ts'
import type { Heard, Sessions } from '../../sessions/sessions.ts'
import type { VisibilityDependencies } from '../visibility.ts'
import type { WriteDependencies } from '../../machinery/write/write-request.ts'
import { accessSessionKind } from './access-session.ts'
import { eventsPage } from './events-page.ts'
import { listSessions } from './list-sessions.ts'
import { createListTokens } from './list-tokens.ts'
import { printable } from './printable.ts'
import { castLines, sendCast } from './recording.ts'
import { createSessionDecisions } from './session-decisions.ts'
import { sessionObject } from './session-object.ts'
import { createWatched } from './watched.ts'

export type SessionsDependencies = { readonly sessions: Sessions; readonly recorder: Recorder }
type Request = Parameters<ServedKind['serve']>[0]
type Found = { readonly run: Run; readonly session: AccessSession; readonly missing: readonly MissingGateway[]; readonly heard: Heard }

/** Recordings that are sent at once, and those of one user that wait. */
const RECORDINGS = { atOnce: 8, waiting: 8 } as const
/** Bytes of the frames of a recording. kube-apiserver gives an answer one minute, and the plugins read 64 MiB of an answer. */
const MAX_RECORDING = 60 * 1024 * 1024
const MAX_SECONDS = 10 ** 9

const warningsOf = (missing: readonly MissingGateway[]): readonly string[] =>
  missing.map(({ gateway, message }) => `the records of gateway ${gateway} are not in this answer: ${message}`)

function secondsIn(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? ''
  if (text !== '' && (!/^\d{1,9}(\.\d{1,3})?$/.test(text) || Number(text) > MAX_SECONDS))
    throw new StatusError('BadRequest', `${name}: "${text.slice(0, 32)}" is not a number of seconds`)
  return Number(text)
}

/** The terminal that is asked for, or the only one. @throws StatusError BadRequest that lists them */
function streamIn(query: URLSearchParams, { status }: AccessSession): string {
  const asked = query.get('stream') ?? ''
  if (asked !== '') {
    if (asked.length <= 128) return asked
    throw new StatusError('BadRequest', 'stream: is longer than an audit ID')
  }
  const terminals = status?.terminals ?? []
  const [only, ...more] = terminals
  if (only !== undefined && more.length === 0) return only.auditID
  const which = terminals.length === 0 ? 'the session has no terminal' : `choose one of: ${terminals.map(({ auditID }) => auditID).join(', ')}`
  throw new StatusError('BadRequest', `stream: the audit ID of a terminal is required; ${which}`)
}

/** AccessSessions. Without `dependencies` (in the standby) it is only described in discovery. */
export function accessSessions(deps: WriteDependencies & VisibilityDependencies, dependencies?: SessionsDependencies): ServedKind {
  const kind = accessSessionKind(deps)
  const visibilityOf = kind.visibilityOf ?? (() => Promise.resolve(SEES_ALL))
  const lists = createListLimit()
  const decisionsOf = createSessionDecisions(deps)
  const tokens = createListTokens(() => deps.clock.nowMs())
  const turns = createTurns(RECORDINGS.waiting)
  const recordings = createConcurrencyLimit(RECORDINGS.atOnce)
  const watched = dependencies === undefined ? undefined : createWatched(dependencies.recorder, () => deps.clock.nowMs())

  const serve = async (request: Request, { sessions }: SessionsDependencies): Promise<void> => {
    const { route, response, user, url, auditID } = request
    const nowMs = deps.clock.nowMs()
    const left = new AbortController()
    response.once('close', () => left.abort(new Error('the client has left')))
    const gone = left.signal
    const visibility = await visibilityOf(user)

    const find = async (): Promise<Found> => {
      const { run, missing, heard } = await sessions.find(route.name, gone)
      const session =
        run === undefined ? undefined : await sessionObject(run, { store: deps.store, nowMs, complete: missing.length === 0 }, route.name)
      if (run !== undefined && session !== undefined && (await visibility.sees(session)))
        return { run, session, missing, heard: visibility === SEES_ALL ? 'all' : heard }
      if (missing.length === 0) throw notFound(kind, route.name)
      const [first] = warningsOf(missing)
      throw new StatusError('ServiceUnavailable', `it is not known whether "${route.name.slice(0, 64)}" exists: ${first ?? ''}`, {
        details: { retryAfterSeconds: 5 },
      })
    }
    const send = (value: object, missing: readonly MissingGateway[]): void => {
      warn(response, warningsOf(missing))
      const format = negotiate(request.request.headers.accept)
      response.writeHead(200, { 'content-type': format.media, 'cache-control': 'no-cache, private' }).end(printable(encode(value, format)))
    }
    const shaping = () => ({ kind, format: negotiate(request.request.headers.accept), include: includeObject(url.searchParams), nowMs })

    const list = async (): Promise<void> => {
      const query = listQuery(url.searchParams)
      const [byLabels, byFields] = [labelSelector(query.labelSelector), fieldSelector(query.fieldSelector, kind)]
      const objectOf = (run: Run, complete: boolean): Promise<AccessSession> => sessionObject(run, { store: deps.store, nowMs, complete })
      const matches: Parameters<typeof listSessions>[1]['matches'] = (object) => byLabels(object) && byFields(object, nowMs)
      const { objects, next, missing } = await listSessions(sessions, { query, tokens, url, visibility, nowMs, gone, matches, objectOf })
      const metadata = { resourceVersion: '', ...(next === undefined ? {} : { continue: next }) }
      const shaped = shapeList(shaping(), objects, metadata)
      send('items' in shaped ? { ...shaped, missing } : shaped, missing)
    }
    const events = async (): Promise<void> => {
      const { run, session, missing, heard } = await find()
      await watched?.({ user, auditID, session, what: 'Events' })
      const decided = await decisionsOf(run, user, nowMs)
      const page = await eventsPage(sessions, run, { query: url.searchParams, heard, gone, decided })
      send(page.body, [...missing, ...page.missing])
    }
    const recording = async (): Promise<void> => {
      const { run, session, missing, heard } = await find()
      const stream = streamIn(url.searchParams, session)
      const afterMs = secondsIn(url.searchParams, 'after') * 1000
      const found = await sessions.stream(run, { auditID: stream, heard }, gone)
      if (found.events === undefined) {
        const [first] = warningsOf([...missing, ...found.missing])
        if (first === undefined) throw new StatusError('NotFound', `the session has no recording of "${stream}"`)
        throw new StatusError('ServiceUnavailable', `the session has no recording of "${stream}", as far as is known: ${first}`, {
          details: { retryAfterSeconds: 5 },
        })
      }
      // Not for a stream that does not exist: a reader that asks for many of these must not fill the records by it.
      await watched?.({ user, auditID, session, what: 'Recording', stream })
      const title = `${session.spec.username} ${session.metadata.name}`
      await sendCast(response, castLines(found.events, { title, afterMs, maxBytes: MAX_RECORDING }), gone)
    }

    if (route.subresource?.name === 'recording') return await turns.take(user.username, () => recordings.take(recording))
    return await lists.take(user.username, async () => {
      if (route.verb === 'list') return await list()
      if (route.subresource?.name === 'events') return await events()
      const { session, missing } = await find()
      send(shapeObject(shaping(), session), missing)
    })
  }

  return {
    kind,
    serve: async (request) => {
      if (dependencies === undefined)
        throw new StatusError('ServiceUnavailable', 'AccessSessions cannot be read now', { details: { retryAfterSeconds: 5 } })
      await serve(request, dependencies)
    },
  }
}
