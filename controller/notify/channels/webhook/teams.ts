import { digestLines, digestTitle, type Digest } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { fieldsOf, openLine, titleOf, type MessageField } from '../../messages/message-text.ts'

type Run = { readonly type: 'TextRun'; readonly text: string; readonly weight?: 'Bolder'; readonly italic?: true }
type Line = { readonly label?: string } & Omit<MessageField, 'label'>

/** Breaks the beginning of an expression: Adaptive Cards compute `{{DATE(…)}}`, and templates of cards `${…}`. */
export const escapeCardText = (text: string): string => text.replaceAll(/(?<=[{$])(?=\{)/g, ' ')

/** A TextRun, unlike a TextBlock or a fact, has no Markdown: no link, mention or formatting comes from its text. */
const run = (text: string, more: Omit<Run, 'type' | 'text'> = {}): Run => ({ type: 'TextRun', text: escapeCardText(text), ...more })

const paragraph = (inlines: readonly Run[]): object => ({ type: 'RichTextBlock', inlines })

const lineOf = ({ label, text, untrusted }: Line): object =>
  paragraph([...(label === undefined ? [] : [run(`${label}: `, { weight: 'Bolder' })]), run(text, untrusted === undefined ? {} : { italic: true })])

function card(title: string, lines: readonly Line[], from: Pick<NotificationMessage, 'url' | 'command'>): object {
  const hint = from.url === undefined ? [paragraph([run(openLine(from))])] : []
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [paragraph([run(title, { weight: 'Bolder' })]), ...lines.map(lineOf), ...hint],
    ...(from.url === undefined ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: from.url }] }),
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] }
}

/** The body of a request to a webhook of Microsoft Teams: an Adaptive Card. Messages are bounded far below the 28 KB that Teams accepts. */
export const teamsMessage = (message: NotificationMessage): object => card(titleOf(message), fieldsOf(message), message)

export const teamsDigest = (digest: Digest): object =>
  card(
    digestTitle(digest),
    digestLines(digest).map((text) => ({ text })),
    digest,
  )
