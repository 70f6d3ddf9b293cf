import { digestTitle, type Digest } from '../../messages/digest.ts'
import type { Message } from '../../messages/message.ts'
import { titleOf } from '../../messages/words.ts'

const TYPE_PREFIX = 'access.jit.request.'

type CloudEvent = { readonly specversion: '1.0'; readonly id: string; readonly type: string; readonly [field: string]: unknown }

const envelope = ({ id, atMs }: { readonly id: string; readonly atMs: number }, type: string, subject: string): CloudEvent => ({
  specversion: '1.0',
  id,
  source: '/apis/jit.access/v1/accessrequests',
  type: `${TYPE_PREFIX}${type}`,
  subject,
  time: new Date(atMs).toISOString(),
  datacontenttype: 'application/json',
})

/** The agent's own words are below `untrusted`. */
export function eventOfMessage(message: Message): CloudEvent {
  const { id: _, atMs: __, to: ___, event, request, reason, ticket, agent, ...data } = message
  const untrusted = {
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(agent === undefined ? {} : { agent }),
  }
  return { ...envelope(message, event.toLowerCase(), request), data: { title: titleOf(message), request, ...data, untrusted } }
}

export function eventOfDigest(digest: Digest): CloudEvent {
  const { id: _, atMs: __, first, ...data } = digest
  const requests = first.map(({ request, event, risk, phase, asks }) => ({ request, event, risk, phase, asks }))
  return { ...envelope(digest, 'summary', `${digest.count} requests`), data: { title: digestTitle(digest), ...data, requests } }
}
