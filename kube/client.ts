import { Pool, type Dispatcher } from 'undici'
import { StatusError, type StatusDetails, type StatusReason } from '../domain/status-error.ts'
import type { ClusterConfig } from './cluster-config.ts'

export type KubeCall = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: { readonly [name: string]: string }
  readonly headers?: { readonly [name: string]: string | string[] }
  /** Sent as JSON. */
  readonly body?: unknown
  /** Left out: application/json. */
  readonly contentType?: string
  readonly signal?: AbortSignal
  /** Until the answer has begun. Left out: 10 seconds. */
  readonly timeoutMs?: number
}

export type KubeAnswer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: Dispatcher.ResponseData['body']
}

/** Speaks to one API server as one identity. Follows no redirect and repeats nothing. */
export type KubeClient = {
  /** @throws StatusError with the server's own Status, or BadGateway when there was no answer */
  json<T>(call: KubeCall): Promise<T>
  /** Any answer, whatever its status; the caller reads or dumps the body. @throws StatusError BadGateway when there was none */
  raw(call: KubeCall): Promise<KubeAnswer>
  close(): Promise<void>
}

/** The cause of a BadGateway: the answer is larger than what is held here at once. A list can be asked for by smaller pages. */
export class AnswerTooLarge extends Error {}

const BODY_LIMIT = 64 * 1024 * 1024
/** Each watch takes one for as long as it lasts. */
const CONNECTIONS = 64

/** `connections`: how many at once; further calls wait. Optional. Defaults to 64. Infinity where the callers bound themselves. */
export function createKubeClient(config: ClusterConfig, { connections = CONNECTIONS }: { readonly connections?: number } = {}): KubeClient {
  const { credential } = config
  const pool = new Pool(config.server.origin, {
    connections: Number.isFinite(connections) ? connections : null,
    allowH2: false, // docs/decisions/0001
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ca: config.ca, ...(credential.kind === 'certificate' ? { cert: credential.cert, key: credential.key } : {}) },
  })

  const raw = async (call: KubeCall): Promise<KubeAnswer> => {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), call.timeoutMs ?? 10_000)
    try {
      const authorization = credential.kind === 'token' ? { authorization: `Bearer ${await credential.token()}` } : {}
      const answer = await pool.request({
        method: call.method,
        path: `${call.path}${call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`}`,
        headers: {
          accept: 'application/json',
          'user-agent': 'jit-access',
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
          ...call.headers,
          ...authorization,
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: call.signal === undefined ? timeout.signal : AbortSignal.any([call.signal, timeout.signal]),
      })
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    } catch (error) {
      throw new StatusError('BadGateway', 'the Kubernetes API server cannot be reached', { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    raw,
    json: async <T>(call: KubeCall): Promise<T> => {
      const { status, body } = await raw(call)
      const text = await readText(body)
      if (status < 200 || status > 299) throw statusErrorOf(status, text)
      try {
        return JSON.parse(text) as T
      } catch (error) {
        throw new StatusError('BadGateway', 'the Kubernetes API server sent no JSON', { cause: error })
      }
    },
    close: () => pool.close(),
  }
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > BODY_LIMIT) throw new AnswerTooLarge(`an answer of more than ${BODY_LIMIT} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw new StatusError('BadGateway', "the Kubernetes API server's answer broke off", { cause: error })
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The error of a failed call: the server's own words where it sent a Status. */
export function statusErrorOf(code: number, text: string): StatusError {
  let status: { readonly kind?: unknown; readonly message?: unknown; readonly reason?: unknown; readonly details?: StatusDetails } = {}
  try {
    status = JSON.parse(text) as typeof status
  } catch {
    // Not a Status: its text may be anything and is not repeated.
  }
  if (status.kind !== 'Status' || typeof status.message !== 'string')
    return new StatusError('BadGateway', `the Kubernetes API server answered ${code}`, { code: code >= 400 ? code : 502 })
  const reason = (typeof status.reason === 'string' && status.reason !== '' ? status.reason : 'InternalError') as StatusReason
  return new StatusError(reason, status.message, { code, ...(status.details === undefined ? {} : { details: status.details }) })
}
