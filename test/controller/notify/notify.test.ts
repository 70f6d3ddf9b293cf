import { createHmac } from 'node:crypto'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ControllerConfig } from '../../../controller/config.ts'
import { controllerMetrics } from '../../../controller/metrics.ts'
import { keepNotifications } from '../../../controller/notify/notify.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createKubeClient, type KubeClient } from '../../../kube/client.ts'
import { createInformer, type Informer } from '../../../kube/informer.ts'
import { POLICIES_PATH } from '../../../domain/api/names.ts'
import { put, requestOf, serveApi, user, type Served } from '../../apiserver/resources/served-api.ts'
import { policy } from '../../domain/builders.ts'
import { startHttpServer, type Received } from '../../../hack/slack/http-server.ts'
import { startSlack, type SlackFake } from '../../../hack/slack/slack.ts'
import { until } from '../../until.ts'

const admin = user('admin', 'system:masters')
const KEY = `key-${crypto.randomUUID()}`
const TOKEN = `xoxb-${crypto.randomUUID()}`
let api: Served
let slack: SlackFake
let received: Received[]
let down: boolean
let receiver: Awaited<ReturnType<typeof startHttpServer>>
let stops: (() => void)[]
let logged: string[]

beforeEach(async () => {
  api = await serveApi(Date.now())
  api.rights = () => true
  api.as(admin)
  received = []
  logged = []
  stops = []
  down = false
  slack = await startSlack({ token: TOKEN, channel: 'C1' })
  receiver = await startHttpServer((each) => (down ? { status: 503 } : (received.push(each), { status: 200 })))
  const notifications = [{ channel: 'chat' }, { channel: 'hook' }]
  await put(api.store, 'accesspolicies', policy('agents', { notifications }))
  const create = (name: string, spec: object) =>
    api.send(admin, 'POST notificationchannels', { body: { apiVersion: 'jit.access/v1', kind: 'NotificationChannel', metadata: { name }, spec } })
  await create('chat', { slack: { channel: 'C1', tokenSecret: { key: 'slack' } } })
  await create('hook', { webhook: { url: receiver.url, secretRef: { key: 'hook' } } })
})
afterEach(async () => {
  for (const stop of stops) stop()
  await Promise.all([api.close(), slack.stop(), receiver.stop()])
})

const encoded = (text: string): string => Buffer.from(`${text}\n`).toString('base64')

/** jit.access/v1 is the real apiserver; Secrets of the core API are these. */
function createClient(): KubeClient {
  const client = createKubeClient({ server: new URL(api.url('')), ca: '', credential: { kind: 'token', token: () => Promise.resolve('t') } } as never)
  const secret = { data: { slack: encoded(TOKEN), hook: encoded(KEY) } }
  return {
    ...client,
    json: <T>(call: Parameters<KubeClient['json']>[0]) =>
      call.path === '/api/v1/namespaces/jit-system/secrets/jit-access-notifications' ? Promise.resolve(secret as T) : client.json<T>(call),
  }
}

const log = (event: string, fields: object = {}): void => void logged.push(JSON.stringify({ event, ...fields }))

type Process = { lead: boolean; stop(): void }

function start(instance: string): Process {
  const client = createClient()
  const clock = { nowMs: () => api.clock.now }
  const policies: Informer<AccessPolicy> = createInformer<AccessPolicy>({ client, clock, path: POLICIES_PATH, onError: () => undefined })
  const registry = new Registry()
  const is: Process = { lead: true, stop: () => undefined }
  const leads = (): boolean => is.lead
  const kept = keepNotifications({
    client,
    clock,
    policies,
    leads,
    registry,
    instance,
    log: { info: log, warn: log, error: log },
    metrics: controllerMetrics(registry, { leads }),
    config: {
      lease: { namespace: 'jit-system', name: 'l' },
      notifications: { slackURL: slack.api, insecureReceivers: true, consoleURL: 'https://console.example/' },
    } as ControllerConfig,
  })
  policies.start()
  kept.start()
  is.stop = () => {
    kept.stop()
    policies.stop()
  }
  stops.push(() => is.stop())
  return is
}

const about = { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] }
const ask = (name: string) => put(api.store, 'accessrequests', requestOf(name, about))
async function deny(name: string): Promise<void> {
  const { body } = await api.send(admin, `GET accessrequests/${name}`)
  const status = { conditions: [{ type: 'Denied', status: 'True', message: 'no <!here>' }] }
  const { code, text } = await api.send(user('approver'), `PUT accessrequests/${name}/approval`, { body: { ...body, status } })
  // What was told may be written in between, as after any change.
  if (code === 409) return await deny(name)
  if (code !== 200) throw new Error(text)
}
const eventsIn = (): readonly string[] => received.map(({ body }) => (JSON.parse(body) as { id: string }).id)
const told = async (name: string): Promise<string> => JSON.stringify((await api.send(admin, `GET accessrequests/${name}`)).body['status'])

/** The clock of the API follows the real one, so that intervals pass. */
beforeEach(() => {
  const timer = setInterval(() => (api.clock.now += 250), 25)
  stops.push(() => clearInterval(timer))
})

it('a request and its denial reach Slack, in one message, and a webhook, with a signature', async () => {
  start('one')
  await ask('r1')
  await until('both were told', () => slack.posts.length === 1 && received.length === 1)
  expect(JSON.stringify(slack.posts[0]?.blocks)).toContain('https://console.example/requests/r1')
  await deny('r1')
  await until('both have the decision', () => slack.posts[0]?.updates === 1 && received.length === 2)
  expect(slack.posts).toHaveLength(1)
  expect(JSON.stringify(slack.posts)).not.toContain('<!here>')
  expect(eventsIn()).toEqual(['uid-r1/Requested', 'uid-r1/Decided'])
  for (const { headers, body } of received) {
    const [, seconds = '', hex] = /^t=(\d+),v1=(\w+)$/.exec(String(headers['jit-signature'])) ?? []
    expect(createHmac('sha256', KEY).update(`${seconds}.${body}`).digest('hex')).toBe(hex)
  }
  await until('it is written down', async () => (await told('r1')).match(/"Decided"/g)?.length === 2)
  await until('the status says so', async () => (await api.send(admin, 'GET notificationchannels/chat')).text.includes('Delivered'))
  expect(logged.join()).not.toContain(KEY)
  expect(slack.bodies.join() + logged.join()).not.toContain(TOKEN)
})

it('another process continues from the store: nothing is lost, and nothing is repeated', async () => {
  const one = start('one')
  await ask('r1')
  await until('it is written down', async () => (await told('r1')).match(/"Requested"/g)?.length === 2)
  one.lead = false
  one.stop()
  await deny('r1')
  await ask('r2')
  start('two')
  await until(
    'the new leader has told everything',
    async () => (await told('r2')).match(/"Requested"/g)?.length === 2 && slack.posts[0]?.updates === 1,
  )
  await until('the webhook got three', () => received.length === 3)
  expect([...eventsIn()].sort()).toEqual(['uid-r1/Decided', 'uid-r1/Requested', 'uid-r2/Requested'])
  expect(slack.posts).toHaveLength(2)
})

it('a receiver that is down does not delay Slack, and gets its messages when it is back', async () => {
  down = true
  start('one')
  await ask('r1')
  await until('Slack was told', () => slack.posts.length === 1)
  await until('the status says that the receiver fails', async () =>
    (await api.send(admin, 'GET notificationchannels/hook')).text.includes('the receiver answered 503'),
  )
  down = false
  await until('the receiver was told', () => received.length === 1)
})
