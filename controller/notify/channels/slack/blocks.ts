import { digestLines, digestTitle, type Digest } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { fieldsOf, openLine, titleOf } from '../../messages/message-text.ts'
import { escapeMrkdwn } from './escape.ts'

type Text = { readonly type: 'plain_text'; readonly text: string; readonly emoji: false }
type Block = { readonly type: 'header' | 'section' | 'context' | 'actions'; readonly [field: string]: unknown }
export type SlackText = { readonly text: string; readonly blocks: readonly Block[] }

/** Limits of Block Kit, in characters. */
const MAX_HEADER = 150
const MAX_SECTION = 3000

/** Slack interprets no formatting, mention or link in plain_text. It still decodes the three escaped characters. */
const plain = (text: string, max: number): Text => ({ type: 'plain_text', text: cutEscaped(text, max), emoji: false })

/** Cuts before escaping, so that no escape is cut in half. */
function cutEscaped(text: string, max: number): string {
  const escaped = escapeMrkdwn(text)
  if (escaped.length <= max) return escaped
  return `${escapeMrkdwn(text.slice(0, Math.floor(max / 5) - 1))}…`
}

const section = (text: string): Block => ({ type: 'section', text: plain(text, MAX_SECTION) })

/** A button that only opens a page. Without an interactivity URL, Slack sends nothing when it is pressed. */
const opens = (from: Pick<NotificationMessage, 'url' | 'command'>): Block =>
  from.url === undefined
    ? { type: 'context', elements: [plain(openLine(from), MAX_SECTION)] }
    : { type: 'actions', elements: [{ type: 'button', text: plain('Open', 75), url: from.url }] }

export function slackMessage(message: NotificationMessage): SlackText {
  const title = titleOf(message)
  return {
    text: escapeMrkdwn(message.kind === 'AccessRequest' ? `${title}: ${message.requester}` : title),
    blocks: [
      { type: 'header', text: plain(title, MAX_HEADER) },
      ...fieldsOf(message).map(({ label, text }) => section(`${label}: ${text}`)),
      opens(message),
    ],
  }
}

export const slackDigest = (digest: Digest): SlackText => ({
  text: escapeMrkdwn(digestTitle(digest)),
  blocks: [{ type: 'header', text: plain(digestTitle(digest), MAX_HEADER) }, ...digestLines(digest).map(section), opens(digest)],
})
