import { afterEach, beforeEach, expect, it } from 'vitest'
import type { NotificationChannelSpec } from '../../../../domain/api/notifications/notification-channel.ts'
import { MAX_DELIVERIES } from '../../../../domain/api/notifications/notification.ts'
import { policy } from '../../../domain/builders.ts'
import { put, requestOf, serveApi, user, type Served } from '../served-api.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const admin = user('admin', 'system:masters')
const controller = user('system:serviceaccount:jit-system:jit-controller')
const agent = user('oidc:agent', 'oidc:agents')
const about = { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] }
let api: Served
beforeEach(async () => {
  api = await serveApi(NOW)
  api.rights = () => true
  await put(api.store, 'accesspolicies', policy('agents'))
  await put(api.store, 'accessrequests', requestOf('r1', about))
})
afterEach(() => api.close())

const create = (spec: NotificationChannelSpec, as = admin) =>
  api.send(as, 'POST notificationchannels', {
    body: { apiVersion: 'jit.access/v1', kind: 'NotificationChannel', metadata: { name: 'a' }, spec },
  })
const webhook = { url: 'https://receiver.example/hook', secretRef: { key: 'hook' } }
const smtp = { host: 'mail.example.com' }
const email = { to: ['a@example.com'], from: 'b@example.com', smtp }

it.each<[string, NotificationChannelSpec]>([
  ['slack', { slack: { channel: 'C0123', tokenSecret: { key: 'slack' } } }],
  ['webhook', { webhook }],
  ['webhook with its URL in a Secret', { webhook: { urlSecret: { key: 'url' }, secretRef: { key: 'hook' } } }],
  ['Mattermost', { webhook: { format: 'Mattermost', urlSecret: { key: 'url' } } }],
  ['Teams', { webhook: { format: 'Teams', urlSecret: { key: 'url' }, headers: [{ name: 'X-Proxy', value: 'a' }] } }],
  ['email', { email }],
  ['events', { events: {} }],
])('a channel of type %s is accepted', async (_, spec) => {
  expect((await create(spec)).code).toBe(201)
})

it.each<[string, NotificationChannelSpec, string]>([
  ['without a type', {}, 'spec'],
  ['with two types', { events: {}, webhook }, 'spec'],
  ['with credentials in the URL', { webhook: { ...webhook, url: 'https://user:secret@receiver.example/' } }, 'spec.webhook.url'],
  ['without a URL', { webhook: { secretRef: { key: 'hook' } } }, 'spec.webhook.urlSecret'],
  ['with two URLs', { webhook: { ...webhook, urlSecret: { key: 'url' } } }, 'spec.webhook.urlSecret'],
  ['without a signature', { webhook: { url: webhook.url } }, 'spec.webhook.secretRef'],
  ['for Mattermost with a URL that everybody sees', { webhook: { format: 'Mattermost', url: webhook.url } }, 'spec.webhook.url'],
  ['for Teams with a signature', { webhook: { format: 'Teams', urlSecret: { key: 'url' }, secretRef: { key: 'h' } } }, 'spec.webhook.secretRef'],
  ['with another scheme', { webhook: { ...webhook, url: 'file:///etc/passwd' } }, 'spec.webhook.url'],
  ['that sets our signature', { webhook: { ...webhook, headers: [{ name: 'Jit-Signature', value: 'x' }] } }, 'spec.webhook.headers[0].name'],
  ['that sets the host', { webhook: { ...webhook, headers: [{ name: 'host', value: 'x' }] } }, 'spec.webhook.headers[0].name'],
  ['with a header in a header', { webhook: { ...webhook, headers: [{ name: 'x', value: 'a\r\nb: c' }] } }, 'spec.webhook.headers[0].value'],
  ['with a header in an address', { email: { ...email, to: ['a@example.com\r\nBcc: c@example.com'] } }, 'spec.email.to[0]'],
  ['with a password in the clear', { email: { ...email, smtp: { ...smtp, tls: 'None', secretRef: { key: 'p' } } } }, 'spec.email.smtp.tls'],
])('a channel %s is refused with 422 and the field', async (_, spec, field) => {
  expect(await create(spec)).toMatchObject({ code: 422, body: { details: { causes: [{ field }] } } })
})

it('a governed identity cannot write channels, nor what was told, whatever RBAC allows', async () => {
  expect((await create({ events: {} }, agent)).code).toBe(403)
  await create({ events: {} })
  for (const line of [
    'PUT notificationchannels/a',
    'PUT notificationchannels/a/status',
    'DELETE notificationchannels/a',
    'PUT accessrequests/r1/notifications',
  ])
    expect((await api.send(agent, line, { body: {} })).code).toBe(403)
})

it('accessrequests/notifications changes status.notifications and nothing else', async () => {
  const { body } = await api.send(controller, 'GET accessrequests/r1')
  const notifications = [{ channel: 'a', events: [{ event: 'Requested', outcome: 'Sent', time: '2026-11-25T12:00:00Z' }], message: 'C1/1.1' }]
  const conditions = [{ type: 'Approved', status: 'True' }]
  const next = { ...body, spec: { ...(body['spec'] as object), reason: 'changed' }, status: { notifications, conditions, phase: 'Approved' } }
  expect((await api.send(controller, 'PUT accessrequests/r1/notifications', { body: next })).code).toBe(200)
  const after = (await api.send(controller, 'GET accessrequests/r1')).body
  expect(after['spec']).toEqual(body['spec'])
  expect(after['status']).toEqual({ ...(body['status'] as object), notifications })
  // The version that was read is not the newest any more.
  expect((await api.send(controller, 'PUT accessrequests/r1/notifications', { body: next })).code).toBe(409)
})

it('no other write changes what was told', async () => {
  const { body } = await api.send(admin, 'GET accessrequests/r1')
  const status = { ...(body['status'] as object), notifications: [{ channel: 'a', events: [] }] }
  expect((await api.send(admin, 'PUT accessrequests/r1/status', { body: { ...body, status } })).code).toBe(200)
  expect((await api.send(admin, 'PUT accessrequests/r1', { body: { ...body, status } })).code).toBe(200)
  expect((await api.send(admin, 'GET accessrequests/r1')).body['status']).not.toHaveProperty('notifications')
})

it('an unbounded status is refused', async () => {
  const { body } = await api.send(controller, 'GET accessrequests/r1')
  const notifications = Array.from({ length: MAX_DELIVERIES + 1 }, (_, index) => ({ channel: `c${index}`, events: [] }))
  const next = { ...body, status: { ...(body['status'] as object), notifications } }
  expect((await api.send(controller, 'PUT accessrequests/r1/notifications', { body: next })).code).toBe(422)
})

const told = [{ channel: 'a', events: [{ event: 'Suspended', outcome: 'Sent', time: '2026-11-25T12:00:00Z' }] }]

it('accesssuspensions/notifications changes status.notifications and nothing else, and lifting keeps it', async () => {
  const made = {
    apiVersion: 'jit.access/v1',
    kind: 'AccessSuspension',
    metadata: { name: 's1' },
    spec: { all: true, reason: 'x' },
    status: { notifications: told },
  }
  const { body } = await api.send(admin, 'POST accesssuspensions', { body: made })
  expect(body['status']).not.toHaveProperty('notifications')
  const conditions = [{ type: 'Lifted', status: 'True', message: 'done' }]
  const next = { ...body, spec: { all: true, reason: 'changed' }, status: { notifications: told, conditions } }
  expect((await api.send(controller, 'PUT accesssuspensions/s1/notifications', { body: next })).code).toBe(200)
  const after = (await api.send(controller, 'GET accesssuspensions/s1')).body
  expect([after['spec'], after['status']]).toEqual([body['spec'], { notifications: told, phase: 'InForce' }])
  expect((await api.send(admin, 'PUT accesssuspensions/s1/lift', { body: { ...after, status: { conditions } } })).code).toBe(200)
  expect((await api.send(admin, 'GET accesssuspensions/s1')).body['status']).toMatchObject({ notifications: told, phase: 'Lifted' })
})

it('accesspolicies/notifications changes status.notifications and nothing else, and no other write changes it', async () => {
  const { body } = await api.send(controller, 'GET accesspolicies/agents')
  const notifications = [{ channel: 'a', events: [{ event: 'PolicyBroken', outcome: 'Sent', time: '2026-11-25T12:00:00Z' }] }]
  const conditions = [{ type: 'Ready', status: 'True' }]
  const next = { ...body, spec: { subjects: [] }, status: { notifications, conditions } }
  expect((await api.send(controller, 'PUT accesspolicies/agents/notifications', { body: next })).code).toBe(200)
  const after = (await api.send(controller, 'GET accesspolicies/agents')).body
  expect([after['spec'], after['status']]).toEqual([body['spec'], { notifications }])
  for (const status of [{ conditions }, { conditions, notifications: [] }]) {
    const current = (await api.send(controller, 'GET accesspolicies/agents')).body
    expect((await api.send(controller, 'PUT accesspolicies/agents/status', { body: { ...current, status } })).code).toBe(200)
    expect((await api.send(controller, 'GET accesspolicies/agents')).body['status']).toEqual({ conditions, notifications })
  }
})

it.each(['accesssuspensions/s1', 'accesspolicies/agents'])('a governed identity cannot write what was told about %s', async (name) => {
  expect((await api.send(agent, `PUT ${name}/notifications`, { body: {} })).code).toBe(403)
})
