import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { intervalMs } from '../../../../controller/notify/channels/channel.ts'
import { createPost } from '../../../../controller/notify/channels/post.ts'
import { mattermostDigest, mattermostMessage } from '../../../../controller/notify/channels/webhook/mattermost.ts'
import { teamsDigest, teamsMessage } from '../../../../controller/notify/channels/webhook/teams.ts'
import { createWebhookChannel } from '../../../../controller/notify/channels/webhook/webhook.ts'
import { digestOf } from '../../../../controller/notify/messages/digest.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { WebhookFormat } from '../../../../domain/api/notifications/notification-channel.ts'
import { NOW } from '../../../domain/builders.ts'
import { startHttpServer, type Received, type Reply } from '../../../../hack/slack/http-server.ts'
import { INJECTIONS, message, request, saying } from '../notified-objects.ts'

const SECRET = crypto.randomUUID()
let received: Received[]
let reply: Reply
let server: Awaited<ReturnType<typeof startHttpServer>>
const { post, close } = createPost({ insecure: true, nowMs: () => NOW })
beforeEach(async () => {
  received = []
  reply = { status: 200, body: 'ok' }
  server = await startHttpServer((each) => (received.push(each), reply))
})
afterEach(() => server.stop())
afterAll(() => close())
const channel = (format: WebhookFormat, url = `${server.url}/hooks/${SECRET}`) =>
  createWebhookChannel({ post, format, url: () => Promise.resolve(url), headers: [], nowMs: () => NOW })
const CONSOLE = 'https://console.example'
const words = fc.oneof(
  fc.constantFrom(...INJECTIONS, '```\n@channel', '`'.repeat(600), '{{DATE(2026)}} ${x} {{{', '~~~', '<at>All</at>', ':smile: #tag @here @all'),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...Array.from('`~<>!@|*_[](){}$#:\\\n ')) }),
)

/** Texts as long as they can be, of characters that need many bytes. */
const longest = (who: string): AccessRequest => {
  const { metadata, spec } = saying(`"${'😀'.repeat(5000)}`)
  const operation = { method: 'PATCH', path: '/', digest: 'd', summary: '😀'.repeat(5000) }
  return {
    ...request('r1'),
    metadata: { ...metadata, name: 'a'.repeat(253) },
    spec: { ...spec, operation, requester: { username: who.repeat(300) } },
  }
}
const LONGEST = longest('😀')
const LONGEST_DIGEST = digestOf(
  Array.from({ length: 9 }, (_, index) => message(longest(`${index}😀`))),
  NOW,
  CONSOLE,
)

/** What is outside of code, where Mattermost interprets text. */
const outside = (text: string): string => text.replaceAll(/\n```\n[^`]*\n```/g, '¶')
const textOf = (payload: object): string => (payload as { text: string }).text

/** The card without its texts. */
const shapeOf = (payload: object): string => JSON.stringify(payload, (key, value: unknown) => (key === 'text' ? '' : value))

describe('Mattermost', () => {
  it('gets a post with a title, the fields as code, and a link or a command', () => {
    const text = textOf(mattermostMessage(message(request('r1', { reason: 'roll back' }), 'Requested', CONSOLE)))
    expect(outside(text)).toBe(
      '**An access request under policy agents waits for a decision (risk Critical)**¶\n[Open](https://console.example/requests/r1)',
    )
    expect(text).toContain('\nReason (written by the agent, not verified): roll back\n')
    expect(textOf(mattermostMessage(message()))).toContain('kubectl certify show r1 --uid=uid-r1')
  })

  it('no words of an agent leave the code, are a mention or a link, or are rewritten', () => {
    const neutral = outside(textOf(mattermostMessage(message(saying('words'), 'Requested', CONSOLE))))
    fc.assert(
      fc.property(words, (said) => {
        const text = textOf(mattermostMessage(message(saying(said), 'Requested', CONSOLE)))
        expect(outside(text)).toBe(neutral)
        expect(text).not.toMatch(/[<>]/)
        const digest = textOf(mattermostDigest(digestOf([message(saying(said)), message(saying(said))], NOW)))
        expect(outside(digest)).toBe('**2 access requests of one requester, 2 of them wait for a decision**¶¶')
      }),
    )
  })

  it('the longest post is not split', () => {
    expect(Array.from(textOf(mattermostMessage(message(LONGEST)))).length).toBeLessThan(4000)
    expect(Array.from(textOf(mattermostDigest(LONGEST_DIGEST))).length).toBeLessThan(4000)
  })
})

describe('Teams', () => {
  type Element = { readonly type: string; readonly inlines?: readonly { readonly type: string; readonly text: string }[] }
  type Card = { readonly body: readonly Element[]; readonly actions?: readonly object[] }
  const cardOf = (payload: object): Card => (payload as { attachments: readonly { content: Card }[] }).attachments[0]!.content
  const textsOf = (payload: object): readonly string[] => cardOf(payload).body.map(({ inlines = [] }) => inlines.map(({ text }) => text).join(''))

  it('gets an Adaptive Card with a title, the fields, and a button or a command', () => {
    const payload = teamsMessage(message(request('r1', { reason: 'roll back' }), 'Requested', CONSOLE))
    expect(payload).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard', version: '1.4' } }],
    })
    expect(textsOf(payload)[0]).toBe('An access request under policy agents waits for a decision (risk Critical)')
    expect(textsOf(payload)).toContain('Reason (written by the agent, not verified): roll back')
    expect(cardOf(payload).actions).toEqual([{ type: 'Action.OpenUrl', title: 'Open', url: 'https://console.example/requests/r1' }])
    expect(textsOf(teamsMessage(message())).at(-1)).toBe('To see it: kubectl certify show r1 --uid=uid-r1')
  })

  it('no words of an agent are Markdown, an expression, or change the card', () => {
    const neutral = shapeOf(teamsMessage(message(saying('words'), 'Requested', CONSOLE)))
    fc.assert(
      fc.property(
        words.filter((said) => said !== ''),
        (said) => {
          const payload = teamsMessage(message(saying(said), 'Requested', CONSOLE))
          expect(shapeOf(payload)).toBe(neutral)
          for (const { type, inlines = [] } of cardOf(payload).body)
            expect([type, ...new Set(inlines.map((each) => each.type))]).toEqual(['RichTextBlock', 'TextRun'])
          for (const text of textsOf(payload)) expect(text).not.toMatch(/\{\{|\$\{/)
        },
      ),
    )
  })

  it('the longest message is less than 28 KB', () => {
    for (const payload of [teamsMessage(message(LONGEST, 'Requested', CONSOLE)), teamsDigest(LONGEST_DIGEST)])
      expect(Buffer.byteLength(JSON.stringify(payload))).toBeLessThan(28 * 1024)
  })

  it('an error of Teams in a response with status 200 is a failure', async () => {
    reply = { status: 200, body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429' }
    await expect(channel('Teams').send(message())).rejects.toMatchObject({ reason: 'Unavailable', message: 'Teams answered 429' })
    reply = { status: 202 }
    await channel('Teams').send(message())
  })
})

describe.each<WebhookFormat>(['Mattermost', 'Teams'])('%s', (format) => {
  it.each(INJECTIONS)('accepts a message and a summary as JSON, without a signature, with %j', async (said) => {
    await channel(format).send(message(saying(said)))
    await channel(format).sendDigest(digestOf([message(saying(said)), message()], NOW))
    for (const { headers, body, path } of received) {
      expect(headers).toMatchObject({ 'content-type': 'application/json' })
      expect(headers).not.toHaveProperty('jit-signature')
      expect(path).toBe(`/hooks/${SECRET}`)
      JSON.parse(body)
    }
    expect(received).toHaveLength(2)
  })

  it.each([
    [400, 'Rejected'],
    [404, 'Unavailable'],
    [429, 'Unavailable'],
  ])('status %i is %s, and neither the response nor the URL is repeated', async (status, reason) => {
    reply = { status, body: `CANARY ${SECRET}`, headers: { 'retry-after': '7' } }
    const error = await channel(format)
      .send(message())
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ reason, message: `the receiver answered ${status}`, retryAfterMs: 7000 })
  })

  it.each(['not a URL', 'https://user:pass@receiver.example/', 'https://'])(
    'the URL %j in a Secret is a failure that does not quote it',
    async (url) => {
      const error = await channel(format, `${url}${SECRET.slice(0, url.length > 10 ? 99 : 0)}`)
        .send(message())
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ reason: 'Unready', message: 'the URL is not valid, or has a user or a password' })
      expect((error as Error).cause).toBeUndefined()
    },
  )

  it('people read at most one message a second', () => {
    expect(intervalMs({ webhook: { format, urlSecret: { key: 'url' } } })).toBe(1000)
    expect(intervalMs({ webhook: { url: 'https://receiver.example', secretRef: { key: 'hook' } } })).toBe(0)
  })
})

it('CloudEvents are not sent without a key', async () => {
  await expect(channel('CloudEvents').send(message())).rejects.toMatchObject({ reason: 'Unready' })
  expect(received).toEqual([])
})
