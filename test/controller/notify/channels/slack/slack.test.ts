import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import type { Channel } from '../../../../../controller/notify/channels/channel.ts'
import { createPost } from '../../../../../controller/notify/channels/post.ts'
import { slackMessage } from '../../../../../controller/notify/channels/slack/blocks.ts'
import { createSlackChannel } from '../../../../../controller/notify/channels/slack/slack.ts'
import { digestOf } from '../../../../../controller/notify/messages/digest.ts'
import { NOW } from '../../../../domain/builders.ts'
import { startSlack, type SlackFake } from '../../../../../hack/slack/slack.ts'
import { INJECTIONS, message, request, saying } from '../../notified-objects.ts'

const TOKEN = `xoxb-${crypto.randomUUID()}`
let slack: SlackFake
let channel: Channel
const { post, close } = createPost({ insecure: true, nowMs: () => NOW })
beforeEach(async () => {
  slack = await startSlack({ token: TOKEN, channel: 'C1' })
  channel = createSlackChannel({ post, api: slack.api, channel: 'C1', token: () => Promise.resolve(TOKEN) })
})
afterEach(() => slack.stop())
afterAll(() => close())

const decided = message(request('r1', {}, { conditions: [{ type: 'Denied', status: 'True', message: 'not today' }], reviews: [] }), 'Decided')

it('a request is one message, which the decision replaces, and later events are replies in its thread', async () => {
  const ref = await channel.send(message(undefined, 'Requested', 'https://console.example'))
  expect(JSON.stringify(slack.posts[0]?.blocks)).toContain('https://console.example/requests/r1')
  expect(await channel.send(decided, ref)).toBe(ref)
  expect(await channel.send({ ...decided, event: 'Expiring' }, ref)).toBe(ref)
  expect(slack.posts).toHaveLength(2)
  expect(slack.posts[0]).toMatchObject({ updates: 1, text: expect.stringContaining('was denied') as string })
  expect(JSON.stringify(slack.posts[0]?.blocks)).toContain('not today')
  expect(slack.posts[1]?.thread).toBe(slack.posts[0]?.ts)
})

it('a message that was deleted is posted again', async () => {
  const ref = await channel.send(message())
  slack.remove(slack.posts[0]?.ts ?? '')
  const again = await channel.send(decided, ref)
  expect(again).not.toBe(ref)
  expect(slack.posts).toHaveLength(1)
  expect(await channel.send({ ...decided, event: 'Expiring' }, ref)).toBe(ref)
  expect(slack.posts[1]?.thread).toBeUndefined()
})

it('429 says when to try again', async () => {
  slack.limit(1, 7)
  await expect(channel.send(message())).rejects.toMatchObject({ reason: 'Unavailable', retryAfterMs: 7000 })
})

it.each([
  ['channel_not_found', 'Unavailable'],
  ['token_revoked', 'Unavailable'],
  ['msg_too_long', 'Rejected'],
])('error %s is %s and says its code, without the token', async (code, reason) => {
  slack.fail(code)
  const error = await channel.send(message()).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ reason, message: `Slack answered ${code}` })
  expect(JSON.stringify(error) + String(error)).not.toContain(TOKEN)
})

/** All texts of a payload, with what Slack gives a meaning. */
const payload = (words: string): string => JSON.stringify(slackMessage(message(saying(words))))

it('no words of an agent make a mention, a link or formatting', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...INJECTIONS), fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...Array.from('<>!@&|*_#C1`')) })),
      (words) => {
        const text = payload(words)
        expect(text).not.toMatch(/[<>]/)
        expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/)
        expect(text).not.toContain('"mrkdwn"')
      },
    ),
  )
})

it.each(INJECTIONS)('Slack accepts a message with %j', async (words) => {
  await channel.send(message(saying(words)))
  expect(slack.posts).toHaveLength(1)
})

it('a summary is a message with the count', async () => {
  await channel.sendDigest(digestOf([message(), message(request('r2')), decided], NOW))
  expect(slack.posts[0]?.text).toBe('3 access requests of one requester, 2 of them wait for a decision')
})
