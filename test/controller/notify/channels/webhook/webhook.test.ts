import { createHmac, timingSafeEqual } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isForbiddenAddress, isForbiddenHost } from '../../../../../controller/notify/channels/address-guard.ts'
import { createPost, retryAfterOf } from '../../../../../controller/notify/channels/post.ts'
import { eventOfMessage } from '../../../../../controller/notify/channels/webhook/cloud-event.ts'
import { createWebhookChannel } from '../../../../../controller/notify/channels/webhook/webhook.ts'
import { NOW } from '../../../../domain/builders.ts'
import { startHttpServer, type Received, type Reply } from '../../../../../hack/slack/http-server.ts'
import { INJECTIONS, message, saying } from '../../notified-objects.ts'

const KEY = `key-${crypto.randomUUID()}`
let received: Received[]
let reply: Reply | undefined
let server: Awaited<ReturnType<typeof startHttpServer>>
const { post } = createPost({ insecure: true, nowMs: () => NOW })
beforeEach(async () => {
  received = []
  reply = { status: 204 }
  server = await startHttpServer((each) => (received.push(each), reply))
})
afterEach(() => server.stop())

const channel = (key = KEY) =>
  createWebhookChannel({
    post,
    format: 'CloudEvents',
    url: () => Promise.resolve(`${server.url}/hook`),
    headers: [{ name: 'X-Team', value: 'a' }],
    key: () => Promise.resolve(key),
    nowMs: () => NOW,
  })

/** As docs/how-to/notify-approvers.md tells receivers to do it. */
function isSigned({ headers, body }: Received, nowMs: number): boolean {
  const [, seconds = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['jit-signature'])) ?? []
  if (Math.abs(nowMs / 1000 - Number(seconds)) > 300) return false
  const expected = createHmac('sha256', KEY).update(`${seconds}.${body}`).digest()
  return timingSafeEqual(expected, Buffer.from(hex.padEnd(64, '0'), 'hex'))
}

it('a receiver can verify the signature, and gets a CloudEvent', async () => {
  await channel().send(message())
  const [first] = received
  if (first === undefined) throw new Error('nothing was received')
  expect(isSigned(first, NOW)).toBe(true)
  expect(isSigned({ ...first, body: `${first.body} ` }, NOW)).toBe(false)
  expect(isSigned(first, NOW + 3_600_000)).toBe(false)
  expect(first.headers).toMatchObject({ 'content-type': 'application/cloudevents+json', 'x-team': 'a' })
  expect(JSON.parse(first.body)).toMatchObject({
    specversion: '1.0',
    id: 'uid-r1/Requested',
    source: '/apis/jit.access/v1/accessrequests',
    type: 'access.jit.request.requested',
    subject: 'r1',
    time: '2026-11-24T12:00:00.000Z',
    data: { requester: 'oidc:agent', risk: 'Critical', phase: 'Pending', asks: 'patch deployments of apps named web in shop' },
  })
})

it.each([
  [400, 'Rejected'],
  [401, 'Unavailable'],
  [404, 'Unavailable'],
  [500, 'Unavailable'],
])('status %i is %s, and the response is not repeated', async (status, reason) => {
  reply = { status, body: 'CANARY' }
  const error = await channel()
    .send(message())
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ reason, message: `the receiver answered ${status}` })
})

it('a redirect is not followed', async () => {
  reply = { status: 307, headers: { location: `${server.url}/other` } }
  await expect(channel().send(message())).rejects.toMatchObject({ reason: 'Unavailable' })
  expect(received).toHaveLength(1)
})

it('Retry-After of a 503 is respected, and bounded', async () => {
  reply = { status: 503, headers: { 'retry-after': '20' } }
  await expect(channel().send(message())).rejects.toMatchObject({ retryAfterMs: 20_000 })
  expect(retryAfterOf('99999999', NOW)).toBe(600_000)
  expect(retryAfterOf('-5', NOW)).toBe(0)
  expect(retryAfterOf(new Date(NOW + 5000).toUTCString(), NOW)).toBe(5000)
})

it('a response that is too long, a short key and a closed port are failures', async () => {
  reply = { status: 200, body: 'x'.repeat(70_000) }
  await expect(channel().send(message())).rejects.toMatchObject({ message: 'the receiver returned more than 64 KiB' })
  await expect(channel('short').send(message())).rejects.toMatchObject({ reason: 'Unready' })
  await server.stop()
  await expect(channel().send(message())).rejects.toMatchObject({ message: 'the receiver cannot be reached (ECONNREFUSED)' })
  server = await startHttpServer(() => undefined)
})

it("an agent's words are below untrusted, and the event is valid JSON of one line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...INJECTIONS), fc.string({ unit: 'binary' })), (words) => {
      const event = eventOfMessage(message({ ...saying(words), spec: { ...saying(words).spec, requester: { username: 'oidc:agent' } } }))
      const { untrusted, ...trusted } = (event as unknown as { data: { untrusted: object } }).data
      if (words.length > 8) expect(JSON.stringify({ ...event, data: trusted })).not.toContain(JSON.stringify(words.slice(0, 8)).slice(1, -1))
      for (const text of Object.values(untrusted as { [name: string]: string })) expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    }),
  )
})

describe('which addresses a receiver may have', () => {
  it.each([
    '127.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    '::',
    'fe80::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '224.0.0.1',
    'fd00:ec2::254',
  ])('%s is refused', (address) => expect(isForbiddenAddress(address)).toBe(true))
  it.each(['10.0.0.5', '192.168.1.1', '8.8.8.8', 'fd12::1', '2001:db8::1'])('%s is allowed', (address) =>
    expect(isForbiddenAddress(address)).toBe(false),
  )
  it('in every notation of a URL', () => {
    for (const url of ['https://127.1/', 'https://0x7f000001/', 'https://[::1]/', 'https://2130706433/', 'https://[::ffff:7f00:1]/'])
      expect(isForbiddenHost(new URL(url).hostname)).toBe(true)
  })
  it('http, and a name that leads to loopback, are refused without the flag', async () => {
    const safe = createPost({ insecure: false, nowMs: () => NOW })
    const sent = { headers: {}, body: '' }
    await expect(safe.post(server.url, sent)).rejects.toMatchObject({ reason: 'Unready', message: 'the URL must begin with https' })
    await expect(safe.post('https://127.0.0.1:1/', sent)).rejects.toMatchObject({ reason: 'Unready' })
    await expect(safe.post('https://localhost:1/', sent)).rejects.toMatchObject({ message: 'the receiver cannot be reached (EFORBIDDENADDRESS)' })
    await safe.close()
  })
})
