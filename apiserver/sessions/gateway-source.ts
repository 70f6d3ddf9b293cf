import type { Dispatcher } from 'undici'
import { LINE_LIMIT } from '../../domain/record/chain.ts'
import { createLineSplitter } from '../../domain/record/line-splitter.ts'
import type { RecordedEvent } from '../../domain/record/replay.ts'
import { readBounded } from '../../kube/read-bounded.ts'
import type { EventQuery, RunQuery, SessionSource, StreamQuery } from '../../server/records/sessions/source.ts'
import { checkedEvent, checkedEventPage, checkedRunPage } from './checked-answers.ts'

/** Longest answer that is read, in bytes. A page of events is 2 MiB, and one event at most as long as a line. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** A gateway that sends no line of a stream for this long is away. */
const PAUSE_MS = 10_000

type Fetch = (path: string, signal: AbortSignal) => Promise<Dispatcher.ResponseData>

async function jsonOf(fetch: Fetch, path: string, signal: AbortSignal): Promise<unknown> {
  const { statusCode, body } = await fetch(path, signal)
  const text = (await readBounded(body, MAX_ANSWER_BYTES)).toString('utf8')
  if (statusCode !== 200) throw new Error(`it answered ${statusCode}`)
  return JSON.parse(text)
}

function queryOf(values: { readonly [name: string]: string | number | undefined }): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value))
  return query
}

const spanOf = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) => ({
  fromMs: Math.max(0, Math.floor(fromMs)),
  toMs: Math.max(0, Math.ceil(toMs)),
})

function runsPath({ users = [], sinceMs, untilMs, ...rest }: RunQuery): string {
  const query = queryOf({ ...rest, sinceMs: Math.max(0, Math.floor(sinceMs)), untilMs: Math.max(0, Math.ceil(untilMs)) })
  for (const user of users) query.append('user', user)
  return `/v1/runs?${query.toString()}`
}

const eventsPath = ({ session, after, limit, ...span }: EventQuery): string =>
  `/v1/events?${queryOf({ session, limit, ...spanOf(span), ...after }).toString()}`
const streamPath = ({ session, auditID, ...span }: StreamQuery): string => `/v1/stream?${queryOf({ session, auditID, ...spanOf(span) }).toString()}`

/** The records of one gateway. Nothing that it sends is trusted to have the right shape, size or session. */
export function createGatewaySource(fetch: Fetch): SessionSource {
  async function* stream(query: StreamQuery, signal: AbortSignal): AsyncGenerator<RecordedEvent> {
    const { statusCode, body } = await fetch(streamPath(query), signal)
    if (statusCode !== 200) {
      await body.dump()
      throw new Error(`it answered ${statusCode}`)
    }
    const splitter = createLineSplitter()
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      for (const { bytes } of splitter.feed(chunk)) {
        const event = bytes.length === 0 ? undefined : checkedEvent(JSON.parse(Buffer.from(bytes).toString('utf8')), query.session)
        if (event === undefined || !('auditID' in event) || event.auditID !== query.auditID)
          throw new Error('it sent what is not a record of the stream')
        yield event
      }
      if (splitter.rest() > LINE_LIMIT) throw new Error('it sent a line that is too long')
    }
  }
  return {
    runs: async (query, signal) => checkedRunPage(await jsonOf(fetch, runsPath(query), signal)),
    events: async (query, signal) => checkedEventPage(await jsonOf(fetch, eventsPath(query), signal), query.session),
    stream,
  }
}

export { PAUSE_MS }
