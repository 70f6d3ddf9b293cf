import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { put, requestOf } from '../../apiserver/resources/served-api.ts'
import { hiddenField, type Browser } from '../../../hack/browser/plain-browser.ts'
import { ALICE, LIMITS, startFixture, type Fixture } from '../console-fixture.ts'
import { readEvents, type Reader } from './event-reader.ts'

let fixture: Fixture
const readers: Reader[] = []
beforeAll(async () => void (fixture = await startFixture({ spec: { requests: { maxPending: 100 } } })))
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close()
  fixture.clock.skewMs = 0
})
afterAll(() => fixture.close())

type Inbox = { readonly title: string; readonly waiting: readonly string[]; readonly markup: string }

async function open(browser: Browser, lastId?: string): Promise<Reader> {
  const reader = await readEvents(browser, `${fixture.url}/inbox/events`, { ca: fixture.ca, ...(lastId === undefined ? {} : { lastId }) })
  readers.push(reader)
  return reader
}
const last = ({ events }: Reader): Inbox | undefined => {
  const data = events.findLast(({ event }) => event === 'inbox')?.data
  return data === undefined ? undefined : (JSON.parse(data) as Inbox)
}
const linksIn = (page: string): readonly string[] => [...page.matchAll(/href="(\/requests\/[^"]+)"/g)].map(([, path = '']) => path)
const versionOf = async ({ api }: Fixture, name: string): Promise<number> => (await api.store.get('accessrequests', name))?.version ?? 0
const inboxOf = (reader: Reader): Promise<Inbox> =>
  expect
    .poll(() => last(reader))
    .toBeDefined()
    .then(() => last(reader) as Inbox)

describe('the live inbox', () => {
  it('sends the inbox, and again when a request comes and when it goes', async () => {
    const stream = await open(await fixture.signedIn())
    expect([stream.code, stream.type]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect((await inboxOf(stream)).waiting).toEqual([])
    const name = await fixture.ask()
    await expect.poll(() => last(stream)?.waiting).toEqual([name])
    expect(last(stream)?.title).toBe('Inbox (1)')
    expect(last(stream)?.markup).toContain(`href="/requests/${name}"`)
    await fixture.api.send({ username: 'oidc:agent', uid: '', groups: ['oidc:agents'], extra: {} }, `DELETE accessrequests/${name}`)
    await expect.poll(() => last(stream)?.waiting).toEqual([])
  })
  it('shows each person their own alone', async () => {
    const name = await fixture.ask()
    const [alice, bob] = [await open(await fixture.signedIn()), await open(await fixture.signedIn({ username: 'oidc:bob', groups: [] }))]
    expect((await inboxOf(alice)).waiting).toContain(name)
    expect((await inboxOf(bob)).markup).toContain('Nothing waits for you.')
    expect(JSON.stringify(bob.events)).not.toContain(name)
  })
  it('has the markup of the page', async () => {
    await fixture.ask()
    const alice = await fixture.signedIn()
    const { markup } = await inboxOf(await open(alice))
    const { text } = await alice.open(`${fixture.url}/`)
    expect(linksIn(markup)).toEqual(linksIn(text))
    expect(text).toMatch(/<script type="module" src="\/assets\/[\w-]{16}\/inbox\.js"><\/script>/)
  })
  it('sends nothing to a browser that has the same already', async () => {
    const alice = await fixture.signedIn()
    const first = await open(alice)
    await inboxOf(first)
    const again = await open(alice, first.events.at(-1)?.id)
    const name = await fixture.ask()
    await expect.poll(() => last(again)?.waiting).toContain(name)
    expect(again.events.map(({ id }) => id)).not.toContain(first.events[0]?.id)
  })
  it('reads once for all tabs of a session, with one watch', async () => {
    const alice = await fixture.signedIn()
    const calls = fixture.seen.length
    const [one, two] = [await open(alice), await open(alice)]
    await Promise.all([inboxOf(one), inboxOf(two)])
    expect(fixture.seen.slice(calls).filter(({ line }) => line.includes('watch=true'))).toHaveLength(1)
  })
})

it('with 2 000 pending requests, sends what a page shows and follows a change', async () => {
  const many = await startFixture()
  try {
    const names = Array.from({ length: 2000 }, (_, index) => `m-${String(index).padStart(4, '0')}`)
    for (const name of names)
      await put(many.api.store, 'accessrequests', requestOf(name, { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] }))
    const stream = await readEvents(await many.signedIn(), `${many.url}/inbox/events`, { ca: many.ca })
    readers.push(stream)
    const first = await inboxOf(stream)
    expect(first.waiting).toHaveLength(2000)
    expect(first.markup.match(/class="card"/g)).toHaveLength(200)
    expect(first.markup).toContain('1800 more are not shown.')
    await many.api.store.commit([{ resource: 'accessrequests', name: 'm-0000', expected: await versionOf(many, 'm-0000'), value: null }])
    await expect.poll(() => last(stream)?.waiting.length).toBe(1999)
    expect(last(stream)?.markup).not.toContain('m-0000')
  } finally {
    await many.close()
  }
})

describe('a stream ends', () => {
  it('when nobody is signed in, before it begins', async () => expect((await open(fixture.browser())).code).toBe(401))
  it('at sign-out, with a word to the page', async () => {
    const alice = await fixture.signedIn()
    const stream = await open(alice)
    await inboxOf(stream)
    await alice.post(`${fixture.url}/sign-out`, { csrf: hiddenField(await alice.open(`${fixture.url}/`), 'csrf') })
    await expect.poll(() => stream.state.ended).toBe(true)
    expect(stream.events.at(-1)?.event).toBe('ended')
  })
  it('when its session has ended, although the stream was open all the time, and nothing more is sent', async () => {
    const alice = await fixture.signedIn()
    const stream = await open(alice)
    await inboxOf(stream)
    fixture.clock.skewMs = LIMITS.idleMs + 1
    const name = await fixture.ask()
    await expect.poll(() => stream.state.ended).toBe(true)
    expect(stream.events.at(-1)?.event).toBe('ended')
    expect(JSON.stringify(stream.events)).not.toContain(name)
  })
  it('at the end of its session by the clock of the server, without a change', async () => {
    const alice = await fixture.signedIn()
    fixture.clock.skewMs = LIMITS.idleMs - 5_000 // so that a slow machine opens the stream before
    const stream = await open(alice)
    expect(stream.setCookie).toEqual([])
    await expect.poll(() => stream.state.ended).toBe(true)
    expect(stream.events.at(-1)?.event).toBe('ended')
  })
  it('when its key is removed', async () => {
    const stream = await open(await fixture.signedIn())
    await inboxOf(stream)
    const { keys } = fixture
    fixture.keys = [{ ...keys[0], id: 'other' }]
    try {
      await fixture.ask()
      await expect.poll(() => stream.state.ended).toBe(true)
    } finally {
      fixture.keys = keys
    }
  })
})

it('a user has a bounded number of streams, and takes none from others', async () => {
  const alices = [...Array.from({ length: 7 }).keys()].map(() => fixture.signedIn())
  const codes: number[] = []
  for (const alice of await Promise.all(alices)) codes.push((await open(alice)).code)
  expect(codes).toEqual([200, 200, 200, 200, 200, 200, 429])
  expect((await open(await fixture.signedIn({ username: 'oidc:bob', groups: [] }))).code).toBe(200)
  for (const reader of readers.splice(0)) reader.close()
  await expect.poll(async () => (await open(await fixture.signedIn(ALICE))).code).toBe(200)
})
