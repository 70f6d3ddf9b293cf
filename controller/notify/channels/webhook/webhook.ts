import type { WebhookFormat } from '../../../../domain/api/notifications/notification-channel.ts'
import { DeliveryError, type Channel } from '../channel.ts'
import type { Post, Posted } from '../post.ts'
import { FORMATS } from './body-formats.ts'
import { SIGNATURE_HEADER, signatureOf } from './sign.ts'

export type WebhookOptions = {
  readonly post: Post
  readonly format: WebhookFormat
  readonly url: () => Promise<string>
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** The key of the signature. Absent for formats that have none. */
  readonly key?: () => Promise<string>
  readonly nowMs: () => number
}

const MIN_KEY_CHARACTERS = 16
/** Statuses that are about this event. A 401, 403, 404, 408 or 429 is about the channel. */
const REJECTS: ReadonlySet<number> = new Set([400, 406, 409, 410, 411, 413, 415, 422, 431])

/** @throws DeliveryError with the status, never with the response or the URL, which can be a credential */
function checkAnswer({ status, retryAfterMs, text }: Posted, format: WebhookFormat): void {
  // Connectors of Teams answer 200 when Teams itself refused the message.
  const [, refused] = format === 'Teams' ? (/HTTP error (\d{3})/.exec(text) ?? []) : []
  if (refused !== undefined) throw new DeliveryError('Unavailable', `Teams answered ${refused}`)
  if (status >= 200 && status <= 299) return
  if (status >= 300 && status <= 399) throw new DeliveryError('Unavailable', `the receiver answered ${status}; redirects are not followed`)
  throw new DeliveryError(REJECTS.has(status) ? 'Rejected' : 'Unavailable', `the receiver answered ${status}`, { retryAfterMs })
}

type Signing = Pick<WebhookOptions, 'format' | 'key'> & { readonly nowMs: number }

async function signed(body: string, { format, key, nowMs }: Signing): Promise<{ readonly [name: string]: string }> {
  if (format !== 'CloudEvents') return {}
  if (key === undefined) throw new DeliveryError('Unready', 'the channel has no key for the signature')
  const secret = await key()
  if (secret.length < MIN_KEY_CHARACTERS)
    throw new DeliveryError('Unready', `the key of the signature has fewer than ${MIN_KEY_CHARACTERS} characters`)
  return { [SIGNATURE_HEADER]: signatureOf(secret, body, nowMs) }
}

/** A receiver of CloudEvents in structured JSON, or an incoming webhook of a chat. */
export function createWebhookChannel({ post, format, url, headers, key, nowMs }: WebhookOptions): Channel {
  const { contentType, ofMessage, ofDigest } = FORMATS[format]
  const send = async (payload: object): Promise<void> => {
    const body = JSON.stringify(payload)
    const own = Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]))
    const sent = {
      'user-agent': 'jit-access',
      ...own,
      'content-type': contentType,
      ...(await signed(body, { format, nowMs: nowMs(), ...(key === undefined ? {} : { key }) })),
    }
    checkAnswer(await post(await url(), { headers: sent, body }), format)
  }
  return {
    send: async (message) => {
      await send(ofMessage(message))
      return undefined
    },
    sendDigest: (digest) => send(ofDigest(digest)),
  }
}
