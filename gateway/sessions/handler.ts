import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { RecordedEvent } from '../../domain/record/replay.ts'
import { asStatusError, StatusError } from '../../domain/status-error.ts'
import { sendStatus } from '../../server/http/status-response.ts'
import { WAIT_MS, type SessionSource } from '../../server/records/sessions/source.ts'
import { readEventQuery, readRunQuery, readStreamQuery } from './read-query.ts'

/** Time for an answer, so that jit-apiserver gets what was read until then, and why the rest is missing. Streams have as long as their client reads. */
const ANSWER_MS = WAIT_MS - 2_000
/** Answers that are made at once, and streams that are read at once. */
const AT_ONCE = { answers: 4, streams: 8 } as const

export type RecordsHandlerOptions = {
  readonly source: SessionSource
  /** DNS name in the certificate of the only client that is served. */
  readonly clientName: string
  readonly failed: (error: StatusError) => void
}

/** The names of the certificate of the client, which the server has verified. */
function namesOf(request: IncomingMessage): readonly string[] {
  const socket = request.socket as TLSSocket
  if (!socket.authorized) return []
  return (socket.getPeerCertificate().subjectaltname ?? '').split(', ').map((name) => name.replace(/^DNS:/, ''))
}

async function sendLines(response: ServerResponse, lines: AsyncIterable<RecordedEvent>, signal: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/jsonl' })
  for await (const line of lines) {
    if (!response.write(`${JSON.stringify(line)}\n`)) await once(response, 'drain', { signal })
  }
  response.end()
}

/** Serves what a gateway recorded to jit-apiserver. Nothing can be changed here. */
export function createRecordsHandler({
  source,
  clientName,
  failed,
}: RecordsHandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const running = { answers: 0, streams: 0 }
  const inPlace = async (kind: keyof typeof AT_ONCE, work: () => Promise<void>): Promise<void> => {
    if (running[kind] >= AT_ONCE[kind])
      throw new StatusError('TooManyRequests', 'too many requests for records at once', { details: { retryAfterSeconds: 1 } })
    running[kind] += 1
    try {
      await work()
    } finally {
      running[kind] -= 1
    }
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!namesOf(request).includes(clientName)) throw new StatusError('Forbidden', 'only jit-apiserver reads records here')
    if (request.method !== 'GET') throw new StatusError('MethodNotAllowed', 'records can only be read')
    const url = URL.parse(request.url ?? '', 'https://gateway')
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(ANSWER_MS)])
    const send = (value: object): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    const query = url?.searchParams ?? new URLSearchParams()
    switch (url?.pathname) {
      case '/v1/runs':
        return await inPlace('answers', async () => send(await source.runs(readRunQuery(query), signal)))
      case '/v1/events':
        return await inPlace('answers', async () => send(await source.events(readEventQuery(query), signal)))
      case '/v1/stream':
        return await inPlace('streams', () => sendLines(response, source.stream(readStreamQuery(query), gone.signal), gone.signal))
      default:
        throw new StatusError('NotFound', 'there is nothing at this path')
    }
  }

  return (request, response) => {
    response.on('error', () => undefined) // the client has left: 'close' follows
    serve(request, response).catch((thrown: unknown) => {
      const error = asStatusError(thrown)
      if (error.code >= 500 && !response.destroyed) failed(error)
      if (response.headersSent) return void response.destroy()
      if (!response.destroyed) sendStatus(response, error)
    })
  }
}
