import { once } from 'node:events'
import type { Express, Request, Response } from 'express'
import type { UntoldObject } from '../../../domain/explain/decision-words.ts'
import { inOrder } from '../../../domain/explain/session-decisions.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createFairLimit } from '../../../server/fair-limit.ts'
import type { UserClient } from '../../cluster/impersonate.ts'
import {
  openRecording,
  OUTCOMES,
  readEvents,
  readSession,
  readSessions,
  readTimeline,
  readTranscript,
  type ShownOutcome,
} from '../../cluster/sessions.ts'
import { sessionPage } from '../../pages/sessions/one-session.ts'
import { sessionsPage, SINCE, type Searched, type Since } from '../../pages/sessions/sessions.ts'
import { terminalPage } from '../../pages/sessions/terminal-page.ts'
import { isName, isStream } from '../known-path.ts'
import { sendPage } from '../send-page.ts'
import { signInFirst, type createSignedIn } from '../signed-in.ts'

/** Pages with many sessions or events that are made at once. */
const PAGES_AT_ONCE = 4
/** Pages of events in one download. A longer session is read by the API. */
const DOWNLOAD_PAGES = 200
/** Time for a download. kube-apiserver ends a recording after one minute, and events are read page by page. */
const DOWNLOAD = { callsMs: 120_000 } as const
/** A browser that reads nothing for this time has left: its download takes a place of the user. */
const STALLED_MS = 30_000
const HOUR_MS = 3600_000

const queryOf = ({ url }: Request): URLSearchParams => new URLSearchParams(url.split('?').slice(1).join('?'))

const isKey = <T extends object>(object: T, key: string): key is keyof T & string => Object.hasOwn(object, key)

/** What was searched. Anything that the form cannot send counts as left out. */
function searchedIn(query: URLSearchParams): Searched {
  const text = (name: string, most: number): string => (query.get(name) ?? '').trim().slice(0, most)
  const [outcome, since] = [query.get('outcome') ?? '', query.get('since') ?? '']
  return {
    agent: text('agent', 1024),
    policy: text('policy', 253),
    outcome: isKey(OUTCOMES, outcome) ? (outcome satisfies ShownOutcome) : 'any',
    since: isKey(SINCE, since) ? (since satisfies Since) : '168',
  }
}

const nothing = (): StatusError => new StatusError('NotFound', 'There is no such page.')

/** @throws StatusError NotFound for what cannot be the name of a session or a stream */
function namesIn({ params }: Request): { readonly name: string; readonly stream: string } {
  const [name, stream = '-'] = [params['name'], params['stream']]
  if (!isName(name) || !isStream(stream)) throw nothing()
  return { name, stream }
}

const attachment = (response: Response, type: string, name: string): void =>
  void response.set({ 'content-type': type, 'content-disposition': `attachment; filename="${name}"` })

async function write(response: Response, chunk: Uint8Array | string): Promise<void> {
  if (response.destroyed) throw new Error('the browser has left')
  if (response.write(chunk)) return
  const done = new AbortController()
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(STALLED_MS)])
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  } finally {
    // Also takes the listeners away.
    done.abort()
  }
}

/** Every page of the events of a session. A file that ends early must not look whole, so a session that is too long fails. */
async function* pagesOfEvents(client: UserClient, name: string): AsyncGenerator<Awaited<ReturnType<typeof readEvents>>> {
  let token = ''
  for (let pages = 0; pages < DOWNLOAD_PAGES; pages += 1) {
    const page = await readEvents(client, name, token)
    yield page
    token = page.metadata?.continue ?? ''
    if (token === '') return
  }
  throw new Error(`the session has more than ${DOWNLOAD_PAGES} pages of events`)
}

/** The events and decisions of a page, each as a line. */
const linesOf = ({ items, decisions = [] }: Awaited<ReturnType<typeof readEvents>>): string =>
  inOrder(items, decisions)
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('')

/** Sends all events of a session, and the decisions about it. A last line says what could not be read, since the file must not look whole then. */
async function sendEvents(response: Response, client: UserClient, name: string): Promise<void> {
  const missing = new Map<string, object>()
  let unreadable = 0
  let untold: readonly UntoldObject[] = []
  for await (const page of pagesOfEvents(client, name)) {
    if (!response.headersSent) attachment(response, 'application/jsonl', `${name}.jsonl`)
    await write(response, linesOf(page))
    untold = page.untold ?? []
    for (const each of page.missing ?? []) missing.set(each.gateway, each)
    unreadable += page.unreadable ?? 0
  }
  const incomplete = { missing: [...missing.values()], unreadable, untold }
  if (missing.size > 0 || unreadable > 0 || untold.length > 0) await write(response, `${JSON.stringify({ incomplete })}\n`)
  response.end()
}

/** The pages of what agents did. Reading one changes nothing; jit-apiserver records who looks at the session of somebody else. */
export function serveSessions(app: Express, signedIn: ReturnType<typeof createSignedIn>): void {
  const limit = createFairLimit(PAGES_AT_ONCE)
  app.get(
    '/sessions',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const searched = searchedIn(queryOf(request))
      const found = await limit.take(session.username, () => readSessions(client, { ...searched, sinceMs: nowMs - Number(searched.since) * HOUR_MS }))
      sendPage(response, { title: 'Sessions', session, styles: ['sessions'], body: sessionsPage(found, searched, nowMs) })
    }, signInFirst),
  )
  app.get(
    '/sessions/:name',
    signedIn(async ({ request, response, session, client, nowMs }) => {
      const { name } = namesIn(request)
      const token = queryOf(request).get('continue') ?? ''
      const [found, timeline] = await limit.take(session.username, () => Promise.all([readSession(client, name), readTimeline(client, name, token)]))
      sendPage(response, { title: 'Session', session, styles: ['sessions'], body: sessionPage(found, timeline, { nowMs, isFirst: token === '' }) })
    }, signInFirst),
  )
  app.get(
    '/sessions/:name/events.jsonl',
    signedIn(async ({ request, response, client }) => await sendEvents(response, client, namesIn(request).name), signInFirst, DOWNLOAD),
  )
  app.get(
    '/sessions/:name/terminals/:stream',
    signedIn(async ({ request, response, session, client }) => {
      const { name, stream } = namesIn(request)
      const [found, transcript] = await limit.take(session.username, () =>
        Promise.all([readSession(client, name), readTranscript(client, name, stream)]),
      )
      sendPage(response, {
        title: 'Terminal',
        session,
        body: terminalPage(found, stream, transcript),
        scripts: ['asciinema-player', 'terminal'],
        styles: ['sessions', 'asciinema-player'],
        allows: ['wasm', 'untyped-html'],
      })
    }, signInFirst),
  )
  app.get(
    '/sessions/:name/terminals/:stream/recording.cast',
    signedIn(
      async ({ request, response, client }) => {
        const { name, stream } = namesIn(request)
        const body = await openRecording(client, name, stream)
        attachment(response, 'application/x-asciicast', `${name}.cast`)
        for await (const chunk of body as AsyncIterable<Uint8Array>) await write(response, chunk)
        response.end()
      },
      signInFirst,
      DOWNLOAD,
    ),
  )
}
