import { digestLines, digestTitle, type Digest } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { fieldsOf, openLine, titleOf, type MessageField } from '../../messages/message-text.ts'
import { escapeMarkup } from '../../../../server/html/html.ts'

export type Mail = {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  /** Identifies the thread of the request, the same in each of its mails. Absent in summaries. */
  readonly inReplyTo?: string
}

/** The part before the @ has only characters that need no quoting. */
const messageID = (id: string, from: string): string => `<${id.replaceAll(/[^A-Za-z0-9-]/g, '.')}@${from.split('@')[1] ?? 'localhost'}>`

const row = ({ label, text, untrusted }: MessageField): string => {
  const shown = untrusted === undefined ? escapeMarkup(text) : `<q style="color:#555">${escapeMarkup(text)}</q>`
  return `<tr><th align="left" valign="top">${escapeMarkup(label)}</th><td>${shown}</td></tr>`
}

const opens = ({ url, command }: Pick<NotificationMessage, 'url' | 'command'>): string =>
  url === undefined ? `<p>To see it: <code>${escapeMarkup(command)}</code></p>` : `<p><a href="${escapeMarkup(url)}">Open the request</a></p>`

/** The subject contains nothing that an agent wrote. All mails about a request have one thread, which begins with the first event that was sent. */
export function mailOfMessage(message: NotificationMessage, from: string): Mail {
  const title = titleOf(message)
  const fields = fieldsOf(message)
  const thread = messageID(`${message.uid}.thread`, from)
  return {
    subject: `[jit-access] ${title}`,
    text: [title, '', ...fields.map(({ label, text }) => `${label}: ${text}`), '', openLine(message), ''].join('\n'),
    html: `<p><b>${escapeMarkup(title)}</b></p><table>${fields.map(row).join('')}</table>${opens(message)}`,
    messageId: messageID(message.id, from),
    inReplyTo: thread,
  }
}

export function mailOfDigest(digest: Digest, from: string): Mail {
  const title = digestTitle(digest)
  const lines = digestLines(digest)
  return {
    subject: `[jit-access] ${title}`,
    text: [title, '', ...lines, '', openLine(digest), ''].join('\n'),
    html: `<p><b>${escapeMarkup(title)}</b></p><ul>${lines.map((line) => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>${opens(digest)}`,
    messageId: messageID(digest.id, from),
  }
}
