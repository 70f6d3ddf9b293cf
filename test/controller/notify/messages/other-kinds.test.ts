import { describe, expect, it } from 'vitest'
import { mailOfMessage } from '../../../../controller/notify/channels/email/compose-mail.ts'
import { slackMessage } from '../../../../controller/notify/channels/slack/blocks.ts'
import { eventOfDigest, eventOfMessage } from '../../../../controller/notify/channels/webhook/cloud-event.ts'
import { digestLines, digestOf, digestTitle } from '../../../../controller/notify/messages/digest.ts'
import { messageOf, type NotificationMessage } from '../../../../controller/notify/messages/message.ts'
import { fieldsOf, titleOf } from '../../../../controller/notify/messages/message-text.ts'
import type { AccessPolicy } from '../../../../domain/api/access-policy.ts'
import type { AccessSuspension } from '../../../../domain/api/access-suspension.ts'
import { NOW, policy } from '../../../domain/builders.ts'
import { at, INJECTIONS, message } from '../notified-objects.ts'

const suspension = (reason: string, status?: AccessSuspension['status']): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name: 's1', uid: 'uid-s1' },
  spec: { reason, suspendedBy: { username: 'oidc:oncall' }, subjects: [{ kind: 'User', name: 'oidc:bot' }] },
  ...(status === undefined ? {} : { status }),
})
const suspended = (reason = 'it went wild'): NotificationMessage =>
  messageOf({ kind: 'AccessSuspension', object: suspension(reason), event: 'Suspended', to: 'Approvers', atMs: NOW }, NOW, 'https://console.example')
const lifted = (): NotificationMessage => {
  const conditions = [{ type: 'Lifted', status: 'True' as const, message: 'fixed', lastTransitionTime: at(NOW) }]
  const object = suspension('it went wild', { conditions, liftedBy: { username: 'oidc:lead' } })
  return messageOf({ kind: 'AccessSuspension', object, event: 'Lifted', to: 'Approvers', atMs: NOW }, NOW)
}
const broken = (why = 'the gateway may not act with groups x. To allow it:\nkubectl apply -f x', name = 'agents'): NotificationMessage => {
  const object: AccessPolicy = {
    ...policy(name),
    metadata: { name, uid: `uid-${name}` },
    status: {
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ImpersonationForbidden', message: 'see the condition Impersonable' },
        { type: 'Served', status: 'False', reason: 'NotServed', message: 'something else' },
        { type: 'Impersonable', status: 'False', reason: 'ImpersonationForbidden', message: why },
      ],
    },
  }
  return messageOf({ kind: 'AccessPolicy', object, event: 'PolicyBroken', to: 'Approvers', atMs: NOW }, NOW)
}
const said = (of: NotificationMessage): readonly string[] => [titleOf(of), ...fieldsOf(of).map(({ label, text }) => `${label}: ${text}`)]

it('a suspension says who stopped whom and why, and who lifted it and why', () => {
  expect(said(suspended())).toEqual(['Agents were suspended', 'Stops: User oidc:bot', 'Suspended by: oidc:oncall', 'Reason: it went wild'])
  expect(said(lifted())).toEqual(['A suspension of agents was lifted', 'Stops: User oidc:bot', 'Lifted by: oidc:lead', 'Reason: fixed'])
})

it('a broken policy says why, by the condition at fault, in one line', () => {
  expect(said(broken())).toEqual(['Policy agents cannot work', 'Cause: ImpersonationForbidden', 'Why: the gateway may not act with groups x'])
})

it('the CloudEvents of each kind have types, sources and subjects of their own', () => {
  expect(eventOfMessage(suspended())).toMatchObject({
    id: 'uid-s1/Suspended',
    source: '/apis/jit.access/v1/accesssuspensions',
    type: 'access.jit.suspension.suspended',
    subject: 's1',
    data: { name: 's1', stops: 'User oidc:bot', by: 'oidc:oncall', reason: 'it went wild' },
  })
  expect(eventOfMessage(lifted())).toMatchObject({ type: 'access.jit.suspension.lifted' })
  expect(eventOfMessage(broken())).toMatchObject({
    id: `uid-agents/PolicyBroken/${NOW / 1000}`,
    source: '/apis/jit.access/v1/accesspolicies',
    type: 'access.jit.policy.broken',
    data: { name: 'agents', cause: 'ImpersonationForbidden' },
  })
})

it('a summary counts requests and policies apart', () => {
  const both = digestOf([message(), broken(), broken('x', 'other')], NOW)
  expect(digestTitle(both)).toBe('1 access requests of one requester, 1 of them wait for a decision; 2 policies cannot work, or can work again')
  expect(digestLines(both).slice(-2)).toEqual(['Policy agents cannot work', 'Policy other cannot work'])
  expect(digestTitle(digestOf([broken(), broken('x', 'other')], NOW))).toBe('2 policies cannot work, or can work again')
  expect(eventOfDigest(both)).toMatchObject({
    data: { count: 3, requests: [{ request: 'r1' }], changedPolicies: [{ policy: 'agents' }, { policy: 'other' }] },
  })
})

describe.each(INJECTIONS)('the reason of a suspension, and of a broken policy, is text in each channel: %j', (words) => {
  it.each([
    ['suspension', () => suspended(words)],
    ['policy', () => broken(words)],
  ])('%s', (_, make) => {
    const slack = JSON.stringify(slackMessage(make()))
    expect(slack).not.toMatch(/[<>]|"mrkdwn"/)
    expect(slack).not.toMatch(/&(?!amp;|lt;|gt;)/)
    const { html, subject } = mailOfMessage(make(), 'jit@example.com')
    expect(html.replaceAll(/<\/?(?:p|b|table|tr|td|code|q)>|<th align="left" valign="top">|<\/th>/g, '')).not.toMatch(/[<>]/)
    expect(subject).toMatch(/^\[jit-access\] [\w ]+$/)
    for (const { text } of fieldsOf(make())) expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
  })
})
