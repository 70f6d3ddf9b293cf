import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionsOf } from '../../../apiserver/sessions/record-folders.ts'
import type { Page } from '../../../../hack/browser/plain-browser.ts'
import { put, requestOf } from '../../../apiserver/resources/served-api.ts'
import { ALICE, startFixture, type Fixture } from '../../console-fixture.ts'
import { INJECTION, writeBadAgent } from './agent-folder.ts'

let dir: string
let fixture: Fixture
let name: string
const failing = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-console-sessions-'))
  name = await writeBadAgent(dir, Date.now() - 60_000)
  const away = {
    name: '10.0.0.9:8444',
    source: { runs: failing, events: failing, stream: () => ({ [Symbol.asyncIterator]: () => ({ next: failing }) }) },
  }
  fixture = await startFixture({ sessions: sessionsOf([dir], [away]) })
})
afterAll(async () => {
  await fixture.close()
  await rm(dir, { recursive: true, force: true })
})

const open = async (path: string, who = ALICE): Promise<Page> => (await fixture.signedIn(who)).open(`${fixture.url}${path}`)
const policy = async (path: string): Promise<string> => (await open(path)).headers.get('content-security-policy') ?? ''
const expectSafe = ({ text }: Page): void => {
  expect(text).not.toContain('<script>alert')
  expect(text).not.toContain('<img')
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
}

describe('sessions', () => {
  it('lists the sessions of a search, and says which gateway is missing', async () => {
    const page = await open('/sessions')
    expect(page.text).toContain(`href="/sessions/${name}"`)
    expect(page.text).toContain('oidc:agent')
    expect(page.text).toContain('2 requests, 1 refused, 1 hold, 1 stream, 1 terminal')
    expect(page.text).toContain('The records of gateway 10.0.0.9:8444 are missing')
    expectSafe(page)
  })
  it.each([
    ['agent=oidc:agent', true],
    ['agent=oidc:other', false],
    ['policy=agents', true],
    ['policy=other', false],
    ['outcome=held&since=1', true],
    ['outcome=nonsense&since=nonsense', true],
  ])('searches by %s', async (query, found) => {
    const { text } = await open(`/sessions?${query}`)
    expect(text.includes(`/sessions/${name}`)).toBe(found)
    expect(text.includes('There is no such session')).toBe(!found)
  })
  it('shows what was searched in the form, escaped', async () => {
    const page = await open(`/sessions?agent=${encodeURIComponent(INJECTION)}`)
    // As it was typed, so that the form searches the same again.
    const value = `value="&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(2)&gt;\u202e"`
    expect(page.text).toContain(value)
    expectSafe({ ...page, text: page.text.replace(value, '') })
  })
  it('shows nobody the sessions of others', async () => {
    const bob = { username: 'oidc:bob', groups: [] }
    expect((await open('/sessions', bob)).text).not.toContain(name)
    expect((await open(`/sessions/${name}`, bob)).code).toBe(503)
    expect((await open(`/sessions/${name}/terminals/a4/recording.cast`, bob)).code).toBe(503)
  })
})

describe('a session', () => {
  it('has a timeline of requests, refusals, holds and streams', async () => {
    const page = await open(`/sessions/${name}`)
    expect(page.code).toBe(200)
    for (const text of [
      'get pods',
      'Refused',
      'waited for an approval: accessrequest hold-1f0c9a2e',
      'denied after 4.0s, denied by oidc:alice',
      'href="/requests/hold-1f0c9a2e"',
      'exec opened',
      `href="/sessions/${name}/terminals/a4"`,
      'stream ended (completed)',
      'High risk',
    ])
      expect(page.text).toContain(text)
    expectSafe(page)
  })
  it('has the decisions on its requests, escaped, and names those that are gone', async () => {
    expect((await open(`/sessions/${name}`)).text).toContain(
      'no longer kept, so who decided is not shown here: accessrequest hold-1f0c9a2e, accessgrant g-1',
    )
    const request = requestOf('hold-1f0c9a2e', { owner: 'oidc:agent', policy: 'agents', namespaces: ['shop'] })
    const time = new Date(Date.now() - 55_000).toISOString()
    const reviews = [{ reviewer: { username: 'oidc:alice' }, decision: 'Denied' as const, time, message: INJECTION }]
    await put(fixture.api.store, 'accessrequests', {
      ...request,
      metadata: { ...request.metadata, creationTimestamp: time },
      status: { conditions: [{ type: 'Denied', status: 'True', lastTransitionTime: time }], reviews },
    })
    fixture.clock.skewMs += 6000 // what was read is kept for five seconds
    const page = await open(`/sessions/${name}`)
    expect(page.text).toContain('accessrequest hold-1f0c9a2e requested by oidc:agent')
    expect(page.text).toContain('accessrequest hold-1f0c9a2e denied by oidc:alice: &lt;script&gt;')
    expect(page.text).toContain('From jit-apiserver, not from the records')
    expect(page.text).toContain('not shown here: accessgrant g-1')
    expectSafe(page)
    expect((await open(`/sessions/${name}/events.jsonl`)).text).toContain('"decision":"Denied"')
    await fixture.api.store.commit([
      {
        resource: 'accessrequests',
        name: 'hold-1f0c9a2e',
        expected: (await fixture.api.store.get('accessrequests', 'hold-1f0c9a2e'))?.version ?? 0,
        value: null,
      },
    ])
    fixture.clock.skewMs += 6000
  })
  it('is downloaded as events', async () => {
    const { text, headers } = await open(`/sessions/${name}/events.jsonl`)
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${name}.jsonl"`)
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly event: string; readonly incomplete?: object })
    // A gateway of this fixture is away.
    expect(lines.pop()?.incomplete).toMatchObject({ missing: [{ gateway: expect.any(String) as string }] })
    const events = lines.map(({ event }) => event)
    expect(events).toHaveLength(9)
    expect(events).not.toContain('stream.data')
  })
  it.each(['/sessions/..%2f..%2fetc', '/sessions/UPPER', `/sessions/x/terminals/${encodeURIComponent('../x')}`, '/sessions/x/y'])(
    'is not at %s',
    async (path) => expect((await open(path)).code).toBe(404),
  )
})

describe('a terminal', () => {
  it('has a transcript without scripts, and a download', async () => {
    const page = await open(`/sessions/${name}/terminals/a4`)
    expect(page.code).toBe(200)
    expect(page.text).toContain('$ ls\n')
    expect(page.text).toContain('bye')
    expect(page.text).not.toContain('[31m')
    expect(page.text).not.toContain('title\u0007')
    expect(page.text).toContain(`data-cast="/sessions/${name}/terminals/a4/recording.cast"`)
    expectSafe(page)
    const cast = await open(`/sessions/${name}/terminals/a4/recording.cast`)
    expect(cast.headers.get('content-type')).toBe('application/x-asciicast')
    expect(cast.headers.get('content-disposition')).toContain('attachment')
    expect(cast.text.split('\n')).toHaveLength(6)
  })
  it('alone may compile WebAssembly, and no page may run inline scripts', async () => {
    expect(await policy(`/sessions/${name}/terminals/a4`)).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(await policy(`/sessions/${name}`)).not.toContain('wasm')
    for (const path of ['/sessions', `/sessions/${name}`, `/sessions/${name}/terminals/a4`]) expect(await policy(path)).not.toContain('unsafe-inline')
  })
})

it('a link to a session survives sign-in', async () => {
  const page = await fixture.browser().once(`${fixture.url}/sessions/${name}`)
  expect([page.code, page.headers.get('location')]).toEqual([303, `/sign-in?to=${encodeURIComponent(`/sessions/${name}`)}`])
})
