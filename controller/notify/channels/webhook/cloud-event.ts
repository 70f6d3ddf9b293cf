import { digestTitle, isAboutRequest, type Digest } from '../../messages/digest.ts'
import type { NotificationMessage } from '../../messages/message.ts'
import { titleOf } from '../../messages/message-text.ts'

type CloudEvent = { readonly specversion: '1.0'; readonly id: string; readonly type: string; readonly [field: string]: unknown }
type Envelope = { readonly id: string; readonly atMs: number; readonly type: string; readonly subject: string; readonly resource: string }

const RESOURCES = { AccessRequest: 'accessrequests', AccessSuspension: 'accesssuspensions', AccessPolicy: 'accesspolicies' } as const

/** The type of each event, without the prefix that all have. */
const TYPES: { readonly [event in NotificationMessage['event']]: string } = {
  BreakGlass: 'request.breakglass',
  Requested: 'request.requested',
  Decided: 'request.decided',
  Expiring: 'request.expiring',
  ExpiredUnused: 'request.expiredunused',
  Suspended: 'suspension.suspended',
  Lifted: 'suspension.lifted',
  PolicyBroken: 'policy.broken',
  PolicyRepaired: 'policy.repaired',
}

const envelope = ({ id, atMs, type, subject, resource }: Envelope): CloudEvent => ({
  specversion: '1.0',
  id,
  source: `/apis/jit.access/v1/${resource}`,
  type: `access.jit.${type}`,
  subject,
  time: new Date(atMs).toISOString(),
  datacontenttype: 'application/json',
})

/** What the event says. The agent's own words are below `untrusted`. */
function dataOf(message: NotificationMessage): object {
  const { id: _, atMs: __, to: ___, event: ____, kind: _____, name, ...said } = message
  if (!isAboutRequest(message)) return { name, ...said }
  const { reason, ticket, agent, withdrawal } = message
  const {
    reason: _r,
    ticket: _t,
    agent: _a,
    withdrawal: _w,
    ...data
  } = said as Omit<typeof message, 'id' | 'atMs' | 'to' | 'event' | 'kind' | 'name'>
  const untrusted = {
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(agent === undefined ? {} : { agent }),
    ...(withdrawal === undefined ? {} : { withdrawal }),
  }
  return { request: name, ...data, untrusted }
}

export function eventOfMessage(message: NotificationMessage): CloudEvent {
  const { kind, event, name } = message
  const resource = RESOURCES[kind]
  return { ...envelope({ ...message, type: TYPES[event], subject: name, resource }), data: { title: titleOf(message), ...dataOf(message) } }
}

export function eventOfDigest(digest: Digest): CloudEvent {
  const { id: _, atMs: __, first, ...data } = digest
  const requests = first.filter(isAboutRequest).map(({ name: request, event, risk, phase, asks }) => ({ request, event, risk, phase, asks }))
  const policies = first.filter(({ kind }) => kind === 'AccessPolicy').map(({ name: policy, event }) => ({ policy, event }))
  const envelopeOf = { ...digest, type: 'request.summary', subject: `${digest.count} events`, resource: RESOURCES.AccessRequest }
  return { ...envelope(envelopeOf), data: { title: digestTitle(digest), ...data, requests, changedPolicies: policies } }
}
