import { objectPath } from '../../domain/api/names.ts'
import { SESSIONS_PATH, type AccessSession, type MissingGateway } from '../../domain/api/access-session.ts'
import type { UntoldObject } from '../../domain/explain/decision-words.ts'
import type { SessionDecision } from '../../domain/explain/session-decisions.ts'
import { castData } from '../../domain/record/asciicast.ts'
import { sessionsOf, type Played, type RecordedEvent } from '../../domain/record/replay.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import { readBounded } from '../../kube/read-bounded.ts'
import { statusErrorOf, type KubeAnswer } from '../../kube/client.ts'
import { createFirstOf } from './first-of.ts'
import { inUserWords, type UserClient } from './impersonate.ts'

/** A gateway whose records are not in the answer. */
export const OUTCOMES = { any: 'Anything', refused: 'With refusals', held: 'With holds', terminal: 'With a terminal' } as const
export type ShownOutcome = keyof typeof OUTCOMES
export type SessionSearch = {
  readonly agent: string
  readonly policy: string
  readonly outcome: ShownOutcome
  readonly sinceMs: number
}
export type SessionList = {
  readonly items: readonly AccessSession[]
  readonly left: number
  readonly missing: readonly MissingGateway[]
  /** There are sessions that were not read. */ readonly isPartial: boolean
}

/** Sessions on one page, the latest. */
const MAX_SESSIONS = 200
/** Pages of the list that are read for it. */
const MAX_PAGES = 20
const PAGE = 500
/** Time for each call. jit-apiserver asks the gateways once or twice, and waits eight seconds for one that hangs. */
const CALL = { method: 'GET', timeoutMs: 20_000 } as const

type List = {
  readonly items: readonly AccessSession[]
  readonly metadata?: { readonly continue?: string }
  readonly missing?: readonly MissingGateway[]
}

const HAS: { readonly [outcome in ShownOutcome]: (session: AccessSession) => boolean } = {
  any: () => true,
  refused: ({ status }) => (status?.refused ?? 0) > 0,
  held: ({ status }) => (status?.held ?? 0) > 0,
  terminal: ({ status }) => (status?.terminals ?? []).length > 0,
}

const lastActivity = ({ status }: AccessSession): string => status?.lastActivityAt ?? ''

/** The latest sessions of a search that the user can see. @throws StatusError */
export async function readSessions(client: UserClient, { agent, policy, outcome, sinceMs }: SessionSearch): Promise<SessionList> {
  const latest = createFirstOf<AccessSession>(MAX_SESSIONS, (one, other) => lastActivity(other).localeCompare(lastActivity(one)))
  const missing = new Map<string, MissingGateway>()
  const query = {
    limit: String(PAGE),
    since: new Date(sinceMs).toISOString(),
    ...(agent === '' ? {} : { fieldSelector: `spec.username=${escapeFieldValue(agent)}` }),
  }
  let token = ''
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const list = await client.json<List>({ ...CALL, path: SESSIONS_PATH, query: token === '' ? query : { ...query, continue: token } })
    const wanted = list.items.filter((session) => policy === '' || session.status?.policies?.some(({ name }) => name === policy) === true)
    latest.add(wanted.filter(HAS[outcome]))
    for (const each of list.missing ?? []) missing.set(each.gateway, each)
    token = list.metadata?.continue ?? ''
    if (token === '') break
  }
  return { items: latest.kept(), left: latest.left(), missing: [...missing.values()], isPartial: token !== '' }
}

export const readSession = (client: UserClient, name: string): Promise<AccessSession> =>
  client.json<AccessSession>({ ...CALL, path: objectPath(SESSIONS_PATH, name) })

export type Timeline = {
  readonly requests: readonly Played[]
  /** In the time of the page, from the objects of jit-apiserver. */
  readonly decisions: readonly SessionDecision[]
  readonly untold: readonly UntoldObject[]
  readonly next: string
  readonly missing: readonly MissingGateway[]
  readonly unreadable: number
}
/** An apiserver of an earlier version sends no decisions. */
type Events = {
  readonly items: readonly RecordedEvent[]
  readonly decisions?: readonly SessionDecision[]
  readonly untold?: readonly UntoldObject[]
  readonly metadata?: { readonly continue?: string }
  readonly missing?: readonly MissingGateway[]
  readonly unreadable?: number
}

/** Events on one page of a timeline. */
const EVENTS = 300

/** One page of the events of a session. @throws StatusError */
export const readEvents = (client: UserClient, name: string, token: string): Promise<Events> =>
  client.json<Events>({
    ...CALL,
    path: objectPath(SESSIONS_PATH, name, 'events'),
    query: { limit: String(EVENTS), ...(token === '' ? {} : { continue: token }) },
  })

/** One page of the timeline of a session. @throws StatusError */
export async function readTimeline(client: UserClient, name: string, token: string): Promise<Timeline> {
  const { items, metadata, decisions = [], untold = [], missing = [], unreadable = 0 } = await readEvents(client, name, token)
  const requests = sessionsOf(items).flatMap((session) => session.requests)
  return { requests, decisions, untold, next: metadata?.continue ?? '', missing, unreadable }
}

/** The recording of a terminal, as it arrives. @throws StatusError */
export async function openRecording(client: UserClient, name: string, stream: string): Promise<KubeAnswer['body']> {
  const { status, body } = await client.raw({
    ...CALL,
    path: objectPath(SESSIONS_PATH, name, 'recording'),
    query: { stream },
    accept: 'application/x-asciicast, application/json',
  })
  if (status === 200) return body
  throw inUserWords(statusErrorOf(status, (await readBounded(body, 64 * 1024)).toString('utf8')))
}

/** Bytes of a recording that a transcript is made of. The download has everything. */
const TRANSCRIPT_BYTES = 512 * 1024

export type TranscriptText = { readonly text: string; readonly cut: boolean }

/** What a terminal showed, as text. Escape sequences of terminals are left out; what is left of them is for the page to escape. @throws StatusError */
export async function readTranscript(client: UserClient, name: string, stream: string): Promise<TranscriptText> {
  const body = await openRecording(client, name, stream)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > TRANSCRIPT_BYTES) break
    }
  } catch (cause) {
    throw new StatusError('BadGateway', 'the recording broke off', { cause })
  }
  const frames = castData(Buffer.concat(chunks).toString('utf8'), { auditID: stream, session: '' })
  const shown = frames.filter(({ channel }) => channel === 'stdout').map(({ data = '' }) => data)
  return { text: withoutSequences(shown.join('')), cut: bytes > TRANSCRIPT_BYTES }
}

/** Control sequences of ECMA-48 (CSI, OSC and the like), which a terminal executes and does not show. */
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]|\u009b[0-?]*[ -/]*[@-~]/g

/** Without the assertion, a long run of carriage returns would be tried from each of them. */
const RETURNS = /(?<!\r)\r+\n/g

const withoutSequences = (text: string): string => text.replaceAll(SEQUENCE, '').replaceAll(RETURNS, '\n')
