import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startSlack, type SlackFake } from '../../../hack/slack/slack.ts'

let slack: SlackFake
beforeEach(async () => {
  slack = await startSlack({ token: 'xoxb-a', channel: 'C1' })
})
afterEach(() => slack.stop())

async function call(
  method: string,
  body: object,
  token: string | undefined = 'xoxb-a',
): Promise<{ status: number; retry: string | null; body: object }> {
  const authorization: { authorization?: string } = token === '' ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(`${slack.api}/${method}`, {
    method: 'POST',
    headers: { ...authorization, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, retry: answer.headers.get('retry-after'), body: (await answer.json()) as object }
}

/** As Slack documents its methods: https://docs.slack.dev/reference/methods/chat.update and /apis/web-api/rate-limits */
describe('the stand-in keeps to the contract of the Web API', () => {
  it('chat.postMessage returns the conversation and the time stamp of the message', async () => {
    expect(await call('chat.postMessage', { channel: 'C1', text: 'a' })).toMatchObject({
      status: 200,
      body: { ok: true, channel: 'C1', ts: expect.stringMatching(/^\d+\.\d{6}$/) as string },
    })
  })
  it('chat.update changes a message in place, and refuses one that does not exist', async () => {
    const { body } = await call('chat.postMessage', { channel: 'C1', text: 'a' })
    const { ts } = body as { ts: string }
    expect((await call('chat.update', { channel: 'C1', ts, text: 'b' })).body).toMatchObject({ ok: true, ts })
    expect(slack.posts).toMatchObject([{ text: 'b', updates: 1 }])
    expect((await call('chat.update', { channel: 'C1', ts: '1.1', text: 'b' })).body).toEqual({ ok: false, error: 'message_not_found' })
  })
  it('errors have status 200 and ok false', async () => {
    expect(await call('chat.postMessage', { channel: 'C1', text: 'a' }, 'wrong')).toMatchObject({
      status: 200,
      body: { ok: false, error: 'invalid_auth' },
    })
    expect((await call('chat.postMessage', { channel: 'C1', text: 'a' }, '')).body).toMatchObject({ ok: false, error: 'not_authed' })
    expect((await call('chat.postMessage', { channel: 'C2', text: 'a' })).body).toMatchObject({ ok: false, error: 'channel_not_found' })
    expect((await call('chat.postMessage', { channel: 'C1' })).body).toMatchObject({ ok: false, error: 'no_text' })
    const long = { type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }
    expect((await call('chat.postMessage', { channel: 'C1', text: 'a', blocks: [long] })).body).toMatchObject({ ok: false, error: 'invalid_blocks' })
  })
  it('too many calls get 429 with Retry-After', async () => {
    slack.limit(1, 30)
    expect(await call('chat.postMessage', { channel: 'C1', text: 'a' })).toMatchObject({ status: 429, retry: '30' })
    expect((await call('chat.postMessage', { channel: 'C1', text: 'a' })).status).toBe(200)
  })
})
