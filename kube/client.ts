import { isObject } from '../domain/is-object.ts'
import { Pool, type Dispatcher } from 'undici'
import { StatusError, type StatusDetails, type StatusReason } from '../domain/status-error.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { BodyTooLarge, readBounded } from './read-bounded.ts'

export type KubeCall = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: { readonly [name: string]: string }
  readonly headers?: { readonly [name: string]: string | string[] }
  /** Sent as JSON. */
  readonly body?: unknown
  /** Optional. Defaults to application/json. */
  readonly contentType?: string
  readonly signal?: AbortSignal
  /** Timeout until the response head arrives, in milliseconds. Optional. Defaults to 10 seconds. */
  readonly timeoutMs?: number
}

export type KubeAnswer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: Dispatcher.ResponseData['body']
}

/** Client of one API server with one identity. Follows no redirects and does not retry. */
export type KubeClient = {
  /** Returns the parsed body of a 2xx response. @throws StatusError with the server's Status, or as `raw` */
  json<T>(call: KubeCall): Promise<T>
  /** Returns a response of any status. The caller must read or dump the body. @throws StatusError BadGateway without a response; ServiceUnavailable without a credential */
  raw(call: KubeCall): Promise<KubeAnswer>
  close(): Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024 * 1024
/** Each watch uses one connection while it lasts. */
const CONNECTIONS = 64

/** The token of the client cannot be read. No call was made, so nothing is known of the server. */
export class NoCredential extends StatusError {}

/** The server answered, but with something that is not usable: no JSON, or too much of it. */
export class UnusableAnswer extends StatusError {}

/** A response whose body pauses for this long has broken off. Does not apply to `raw`, since a watch may be silent. */
const PAUSE_MS = 30_000

async function authorizationOf(credential: ClusterConfig['credential']): Promise<{ readonly authorization?: string }> {
  if (credential.kind === 'certificate') return {}
  try {
    return { authorization: `Bearer ${await credential.token()}` }
  } catch (cause) {
    throw new NoCredential('ServiceUnavailable', 'the credential for the Kubernetes API server cannot be read', { cause })
  }
}

/** `connections`: maximum concurrent connections. Further calls wait. Optional. Defaults to 64. Infinity if callers limit themselves. */
export function createKubeClient(config: ClusterConfig, { connections = CONNECTIONS }: { readonly connections?: number } = {}): KubeClient {
  const { credential } = config
  const pool = new Pool(config.server.origin, {
    connections: Number.isFinite(connections) ? connections : null,
    allowH2: false, // docs/decisions/0001
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ca: config.ca, ...(credential.kind === 'certificate' ? { cert: credential.cert, key: credential.key } : {}) },
  })

  const send = async (call: KubeCall, bodyTimeout: number): Promise<KubeAnswer> => {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), call.timeoutMs ?? 10_000)
    try {
      const authorization = await authorizationOf(credential)
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
        bodyTimeout,
        signal: call.signal === undefined ? timeout.signal : AbortSignal.any([call.signal, timeout.signal]),
      })
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    } catch (error) {
      if (error instanceof NoCredential) throw error
      throw new StatusError('BadGateway', 'the Kubernetes API server cannot be reached', { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    raw: (call) => send(call, 0),
    json: async <T>(call: KubeCall): Promise<T> => {
      const { status, body } = await send(call, PAUSE_MS)
      const text = await readText(body)
      if (status < 200 || status > 299) throw statusErrorOf(status, text)
      try {
        return JSON.parse(text) as T
      } catch {
        // The parser's message quotes the text, which can be a Secret.
        throw new UnusableAnswer('BadGateway', 'the Kubernetes API server did not return JSON')
      }
    },
    close: () => pool.close(),
  }
}

/**
 * Reads the body of a response as text.
 * @throws StatusError BadGateway when it breaks off or, with the cause BodyTooLarge, is longer than 64 MiB. A list can be requested in smaller pages
 */
export async function readText(body: KubeAnswer['body']): Promise<string> {
  try {
    return (await readBounded(body, MAX_BODY_BYTES)).toString('utf8')
  } catch (error) {
    if (error instanceof BodyTooLarge) throw new UnusableAnswer('BadGateway', "the Kubernetes API server's answer is too long", { cause: error })
    throw new StatusError('BadGateway', "the Kubernetes API server's answer broke off", { cause: error })
  }
}

type ReadStatus = { readonly kind?: unknown; readonly message?: unknown; readonly reason?: unknown; readonly details?: StatusDetails }

/** Undefined for what is not an object. The text may contain anything and is not repeated. */
function readStatus(text: string): ReadStatus | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return isObject(read) ? read : undefined
  } catch {
    return undefined
  }
}

/** The error for a failed call, with the server's message if it returned a Status. */
export function statusErrorOf(code: number, text: string): StatusError {
  const status = readStatus(text)
  if (status?.kind !== 'Status' || typeof status.message !== 'string')
    return new StatusError('BadGateway', `the Kubernetes API server answered ${code}`, { code: code >= 400 ? code : 502 })
  const reason = (typeof status.reason === 'string' && status.reason !== '' ? status.reason : 'InternalError') as StatusReason
  return new StatusError(reason, status.message, { code, ...(status.details === undefined ? {} : { details: status.details }) })
}

/**
 * The error of a call that a server made for itself, to decide on the request of somebody else. A 401, 403 or 429 of that call is about the server: it
 * must not pass for a denial of the request, or make its client get another token.
 * @param failed what could not be done, as a clause
 */
export function ownCallError(error: unknown, failed: string): unknown {
  if (!(error instanceof StatusError) || error.code >= 500) return error
  return new StatusError('ServiceUnavailable', `${failed}; try again`, { cause: error, details: { retryAfterSeconds: 2 } })
}
