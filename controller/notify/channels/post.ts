import { Agent, request } from 'undici'
import { BodyTooLarge, readBounded } from '../../../kube/read-bounded.ts'
import { guardedLookup, isForbiddenHost } from './address-guard.ts'
import { DeliveryError, TIMEOUT_MS } from './channel.ts'

const MAX_ANSWER_BYTES = 64 * 1024
const MAX_RETRY_AFTER_MS = 10 * 60_000

export type Posted = { readonly status: number; readonly retryAfterMs: number; readonly text: string }
export type Post = (url: string, sent: { readonly headers: { readonly [name: string]: string }; readonly body: string }) => Promise<Posted>

/** Seconds, or a date. Bounded, since a receiver could name any time. 0 if it is absent or unreadable. */
export function retryAfterOf(value: string | string[] | undefined, nowMs: number): number {
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined) return 0
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : 0
}

const codeOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? ` (${code})` : ''
}

/** @throws DeliveryError that does not quote the URL, which can be a credential; the error of the constructor of URLs would */
function receiverURL(text: string, insecure: boolean): URL {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '')
    throw new DeliveryError('Unready', 'the URL is not valid, or has a user or a password')
  if (!insecure && url.protocol !== 'https:') throw new DeliveryError('Unready', 'the URL must begin with https')
  if (!insecure && isForbiddenHost(url.hostname))
    throw new DeliveryError('Unready', 'the URL leads to an address of the controller itself or of its node')
  return url
}

/**
 * Sends a POST to a receiver. Follows no redirects. Reads at most 64 KiB of the response. Only https, and no loopback or link-local addresses, unless
 * `insecure`, which is for tests.
 */
export function createPost({ insecure, nowMs }: { readonly insecure: boolean; readonly nowMs: () => number }): {
  post: Post
  close(): Promise<void>
} {
  const agent = new Agent({
    // Each channel sends one message at a time, so receivers of other channels at the same host do not wait.
    connections: 64,
    allowH2: false,
    keepAliveTimeout: 4_000,
    connect: { timeout: TIMEOUT_MS, ...(insecure ? {} : { lookup: guardedLookup }) },
  })
  const post: Post = async (text, { headers, body }) => {
    const url = receiverURL(text, insecure)
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const answer = await request(url, {
        method: 'POST',
        headers,
        body,
        dispatcher: agent,
        signal,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      })
      const read = await readBounded(answer.body as AsyncIterable<Uint8Array>, MAX_ANSWER_BYTES)
      return { status: answer.statusCode, retryAfterMs: retryAfterOf(answer.headers['retry-after'], nowMs()), text: read.toString('utf8') }
    } catch (cause) {
      if (cause instanceof BodyTooLarge) throw new DeliveryError('Unavailable', 'the receiver returned more than 64 KiB')
      if (signal.aborted) throw new DeliveryError('Unavailable', `the receiver did not answer within ${TIMEOUT_MS / 1000} seconds`)
      throw new DeliveryError('Unavailable', `the receiver cannot be reached${codeOf(cause)}`, { cause })
    }
  }
  return { post, close: () => agent.destroy() }
}
