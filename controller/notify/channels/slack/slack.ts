import type { DeliveryEventName } from '../../../../domain/api/notifications/notification.ts'
import { isObject } from '../../../../domain/is-object.ts'
import { DeliveryError, type Channel } from '../channel.ts'
import type { Post, Posted } from '../post.ts'
import { slackDigest, slackMessage, type SlackText } from './blocks.ts'

export type SlackOptions = {
  readonly post: Post
  /** Base URL of the Web API, without a final slash. */
  readonly api: string
  readonly channel: string
  readonly token: () => Promise<string>
}

/** The message that was posted: Slack identifies it by conversation and time stamp. */
type Posting = { readonly channel: string; readonly ts: string }

/** Errors that are about this message. All others are about the channel, or about Slack. */
const ABOUT_MESSAGE: ReadonlySet<string> = new Set(['msg_too_long', 'msg_blocks_too_long', 'invalid_blocks', 'invalid_blocks_format', 'no_text'])
/** The message that should change cannot be changed. Then another one is posted. */
const UNCHANGEABLE: ReadonlySet<string> = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'])
const UPDATES: ReadonlySet<DeliveryEventName> = new Set(['Decided'])

const refOf = ({ channel, ts }: Posting): string => `${channel}/${ts}`
function postingOf(ref: string | undefined): Posting | undefined {
  const [, channel, ts] = /^([A-Z0-9]{1,40})\/(\d{1,20}\.\d{1,10})$/.exec(ref ?? '') ?? []
  return channel === undefined || ts === undefined ? undefined : { channel, ts }
}

function parsed(text: string): { readonly [field: string]: unknown } {
  try {
    const read: unknown = JSON.parse(text)
    return isObject(read) ? read : {}
  } catch {
    return {}
  }
}

type Result = { readonly posting: Posting } | { readonly unchangeable: true }

function refusal(error: unknown, retryAfterMs: number): DeliveryError {
  const code = typeof error === 'string' && /^[a-z_]{1,60}$/.test(error) ? error : 'an unknown error'
  return new DeliveryError(ABOUT_MESSAGE.has(code) ? 'Rejected' : 'Unavailable', `Slack answered ${code}`, { retryAfterMs })
}

/** @throws DeliveryError with the error code of Slack, never with other parts of the response */
function resultOf({ status, retryAfterMs, text }: Posted): Result {
  if (status === 429)
    throw new DeliveryError('Unavailable', 'Slack answered 429 (too many messages)', { retryAfterMs: Math.max(retryAfterMs, 1_000) })
  if (status !== 200) throw new DeliveryError('Unavailable', `Slack answered ${status}`, { retryAfterMs })
  const { ok, error, channel, ts } = parsed(text)
  if (ok === true && typeof channel === 'string' && typeof ts === 'string') return { posting: { channel, ts } }
  if (ok !== true && typeof error === 'string' && UNCHANGEABLE.has(error)) return { unchangeable: true }
  throw refusal(error, retryAfterMs)
}

/** A conversation in Slack: a request is one message, which the decision replaces. Later events are replies in its thread. */
export function createSlackChannel({ post, api, channel, token }: SlackOptions): Channel {
  const call = async (method: string, body: object): Promise<Result> => {
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json; charset=utf-8' }
    return resultOf(await post(`${api}/${method}`, { headers, body: JSON.stringify(body) }))
  }
  const quiet = { parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false }
  const postNew = async (text: SlackText, thread?: string): Promise<Posting> => {
    const result = await call('chat.postMessage', { channel, ...text, ...quiet, ...(thread === undefined ? {} : { thread_ts: thread }) })
    if ('posting' in result) return result.posting
    if (thread !== undefined) return await postNew(text)
    throw new DeliveryError('Unavailable', 'Slack did not post the message')
  }
  return {
    send: async (message, previous) => {
      const text = slackMessage(message)
      const earlier = postingOf(previous)
      if (earlier === undefined) return refOf(await postNew(text))
      if (!UPDATES.has(message.event)) {
        await postNew(text, earlier.ts)
        return refOf(earlier)
      }
      const result = await call('chat.update', { ...earlier, ...text, parse: 'none', link_names: false })
      return refOf('posting' in result ? earlier : await postNew(text))
    },
    sendDigest: async (digest) => void (await postNew(slackDigest(digest))),
  }
}
