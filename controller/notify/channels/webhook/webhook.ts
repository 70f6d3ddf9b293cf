import { DeliveryError, type Channel } from '../channel.ts'
import type { Post } from '../post.ts'
import { eventOfDigest, eventOfMessage } from './cloud-event.ts'
import { SIGNATURE_HEADER, signatureOf } from './sign.ts'

export type WebhookOptions = {
  readonly post: Post
  readonly url: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly key: () => Promise<string>
  readonly nowMs: () => number
}

const MIN_KEY_CHARACTERS = 16
/** Statuses that are about this event. A 401, 403, 404, 408 or 429 is about the channel. */
const REJECTS: ReadonlySet<number> = new Set([400, 406, 409, 410, 411, 413, 415, 422, 431])

/** A receiver of CloudEvents in structured JSON. */
export function createWebhookChannel({ post, url, headers, key, nowMs }: WebhookOptions): Channel {
  const send = async (event: object): Promise<void> => {
    const secret = await key()
    if (secret.length < MIN_KEY_CHARACTERS)
      throw new DeliveryError('Unready', `the key of the signature has fewer than ${MIN_KEY_CHARACTERS} characters`)
    const body = JSON.stringify(event)
    const own = Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]))
    const { status, retryAfterMs } = await post(url, {
      headers: {
        'user-agent': 'jit-access',
        ...own,
        'content-type': 'application/cloudevents+json',
        [SIGNATURE_HEADER]: signatureOf(secret, body, nowMs()),
      },
      body,
    })
    if (status >= 200 && status <= 299) return
    if (status >= 300 && status <= 399) throw new DeliveryError('Unavailable', `the receiver answered ${status}; redirects are not followed`)
    throw new DeliveryError(REJECTS.has(status) ? 'Rejected' : 'Unavailable', `the receiver answered ${status}`, { retryAfterMs })
  }
  return {
    send: async (message) => {
      await send(eventOfMessage(message))
      return undefined
    },
    sendDigest: (digest) => send(eventOfDigest(digest)),
  }
}
