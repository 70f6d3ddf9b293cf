import { startHttpServer, type Received, type Reply } from './http-server.ts'

export type SlackPost = {
  readonly channel: string
  readonly ts: string
  readonly thread?: string
  text: string
  blocks: readonly unknown[]
  updates: number
}

/** The published limits of the Web API that the channel must respect: https://docs.slack.dev/reference/methods/chat.postMessage */
const MAX_BLOCKS = 50
const MAX_SECTION = 3000
const MAX_HEADER = 150

type Asked = {
  readonly channel?: string
  readonly ts?: string
  readonly thread_ts?: string
  readonly text?: string
  readonly blocks?: readonly Block[]
}
type Block = { readonly type?: string; readonly text?: { readonly text?: string } }

export type SlackFake = {
  readonly api: string
  readonly port: number
  readonly posts: SlackPost[]
  readonly bodies: string[]
  /** Answers the next calls with 429 and this Retry-After, in seconds. */
  limit(calls: number, retryAfter: number): void
  /** Answers the next call with this error, or every call if `always`. */
  fail(error: string, always?: boolean): void
  works(): void
  remove(ts: string): void
  stop(): Promise<void>
}

const isValid = (blocks: readonly Block[]): boolean =>
  blocks.length <= MAX_BLOCKS &&
  blocks.every(({ type, text }) => {
    const length = text?.text?.length ?? 0
    if (type === 'header') return length > 0 && length <= MAX_HEADER
    return type !== 'section' || (length > 0 && length <= MAX_SECTION)
  })

const json = (body: object): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
})
const refuse = (error: string): Reply => json({ ok: false, error })

type SlackOptions = {
  readonly token: string
  readonly channel: string
  /** Where it listens. Defaults to 127.0.0.1. */
  readonly address?: string
}

/**
 * A stand-in for the parts of Slack's Web API that are used: chat.postMessage and chat.update. Each error has status 200, as in Slack. It also shows
 * the messages of the conversation, as JSON: GET /messages.
 */
export async function startSlack({ token, channel, address }: SlackOptions): Promise<SlackFake> {
  const posts: SlackPost[] = []
  const bodies: string[] = []
  let limited = 0
  let retryAfter = 1
  let failing: { readonly error: string; readonly always: boolean } | undefined
  let count = 0

  const post = ({ text = '', blocks = [], thread_ts: thread }: Asked): Reply => {
    if (text === '' && blocks.length === 0) return refuse('no_text')
    if (thread !== undefined && !posts.some(({ ts }) => ts === thread)) return refuse('thread_not_found')
    count += 1
    const ts = `1764400000.${String(count).padStart(6, '0')}`
    posts.push({ channel, ts, text, blocks, updates: 0, ...(thread === undefined ? {} : { thread }) })
    return json({ ok: true, channel, ts, message: { text } })
  }
  const update = ({ ts, text = '', blocks = [] }: Asked): Reply => {
    const found = posts.find((each) => each.ts === ts)
    if (found === undefined) return refuse('message_not_found')
    Object.assign(found, { text, blocks, updates: found.updates + 1 })
    return json({ ok: true, channel, ts: found.ts, text })
  }
  /** Why a call is refused before its method is looked at. */
  const refusal = ({ headers }: Received): Reply | undefined => {
    if (limited > 0) {
      limited -= 1
      return { status: 429, headers: { 'retry-after': String(retryAfter) }, body: '{"ok":false,"error":"ratelimited"}' }
    }
    if (headers.authorization !== `Bearer ${token}`) return refuse(headers.authorization === undefined ? 'not_authed' : 'invalid_auth')
    if (failing !== undefined) {
      const { error, always } = failing
      if (!always) failing = undefined
      return refuse(error)
    }
    return headers['content-type']?.startsWith('application/json') === true ? undefined : refuse('invalid_form_data')
  }
  const call = (method: string, asked: Asked): Reply => {
    if (asked.channel !== channel) return refuse('channel_not_found')
    if (!isValid(asked.blocks ?? [])) return refuse('invalid_blocks')
    if (method === '/chat.postMessage') return post(asked)
    return method === '/chat.update' ? update(asked) : refuse('unknown_method')
  }
  const answer = (received: Received): Reply => {
    if (received.path === '/messages') return json(posts)
    bodies.push(received.body)
    return refusal(received) ?? call(received.path, JSON.parse(received.body) as Asked)
  }
  const server = await startHttpServer(answer, address)
  return {
    api: server.url,
    port: server.port,
    posts,
    bodies,
    limit: (calls, seconds) => {
      limited = calls
      retryAfter = seconds
    },
    fail: (error, always = false) => void (failing = { error, always }),
    works: () => void (failing = undefined),
    remove: (ts) =>
      void posts.splice(
        posts.findIndex((each) => each.ts === ts),
        1,
      ),
    stop: () => server.stop(),
  }
}
