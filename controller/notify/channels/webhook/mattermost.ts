import { digestLines, digestTitle, type Digest } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { fieldsOf, titleOf } from '../../messages/message-text.ts'

/** Mattermost shows a longer text as several posts, and older servers end a post at 4,000 characters. */
const MAX_BODY = 3_500

/**
 * Lines that Mattermost shows as they are: in a code block, nothing is formatted, linked or mentioned. A text without backticks cannot end the block. The
 * look-alikes of angle brackets are because an incoming webhook rewrites `<url|text>` and `<!channel>` everywhere, also in code.
 */
export const escapeCode = (line: string): string => line.replaceAll('`', 'ˋ').replaceAll('<', '‹').replaceAll('>', '›')

function block(lines: readonly string[]): string {
  const text = lines.map(escapeCode).join('\n')
  const cut = Array.from(text).length <= MAX_BODY ? text : `${Array.from(text).slice(0, MAX_BODY).join('')}…`
  return cut === '' ? '' : `\n\`\`\`\n${cut}\n\`\`\``
}

/** A parenthesis would end the link. */
const link = (url: string): string => url.replaceAll('(', '%28').replaceAll(')', '%29')
const opens = ({ url, command }: Pick<NotificationMessage, 'url' | 'command'>): string =>
  url === undefined ? block([command]) : `\n[Open](${link(url)})`

const post = (title: string, lines: readonly string[], from: Pick<NotificationMessage, 'url' | 'command'>): object => ({
  text: `**${title}**${block(lines)}${opens(from)}`,
})

/** The body of a request to an incoming webhook of Mattermost. The title contains nothing that an agent wrote. */
export const mattermostMessage = (message: NotificationMessage): object =>
  post(
    titleOf(message),
    fieldsOf(message).map(({ label, text }) => `${label}: ${text}`),
    message,
  )

export const mattermostDigest = (digest: Digest): object => post(digestTitle(digest), digestLines(digest), digest)
