import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../../console/session/session.ts'
import type { Browser } from '../../../hack/browser/plain-browser.ts'
import { startFixture, type Fixture } from '../console-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture()))
afterAll(() => fixture.close())
beforeEach(() => void (fixture.provider.person = { sub: 'alice', claims: { groups: ['approvers'] } }))

const hasSession = (browser: Browser): boolean => browser.cookies(fixture.url).has(SESSION_COOKIE)

/** Begins to sign in and stops at the callback, before it is opened. */
async function untilCallback(browser: Browser, to = '/'): Promise<string> {
  let page = await browser.once(`${fixture.url}/sign-in?to=${encodeURIComponent(to)}`)
  for (let hops = 0; hops < 10; hops += 1) {
    const next = new URL(page.headers.get('location') ?? '', page.url).href
    if (next.startsWith(`${fixture.url}/sign-in/callback`)) return next
    page = await browser.once(next)
  }
  throw new Error('no callback')
}

describe('sign-in', () => {
  it('leads to the page that was asked for, under the name and groups of the provider', async () => {
    const name = await fixture.ask()
    const browser = fixture.browser()
    const page = await browser.open(`${fixture.url}/requests/${name}`)
    expect(page.code).toBe(200)
    expect(page.url).toBe(`${fixture.url}/requests/${name}`)
    expect(page.text).toContain('oidc:alice')
    const { as } = fixture.seen.at(-1) ?? {}
    expect(as).toMatchObject({ username: 'oidc:alice', groups: ['oidc:approvers', 'system:authenticated'] })
    expect(as?.extra).toMatchObject({ 'jit.access/via': ['console'], 'jit.access/session': [expect.stringMatching(/^[\w-]{24}$/)] })
  })
  it('leads to the page with what was searched', async () => {
    const path = '/history?requester=oidc%3Aagent+x&outcome=Denied'
    const page = await fixture.browser().open(`${fixture.url}${path}`)
    expect(page.url).toBe(`${fixture.url}${path}`)
    expect(page.text).toContain('value="oidc:agent x"')
  })
  it('sets cookies that only this host gets, by TLS, and no script reads', async () => {
    const browser = fixture.browser()
    const callback = await untilCallback(browser)
    const set = (await browser.once(callback)).headers.getSetCookie().filter((line) => !line.includes('Max-Age=0'))
    expect(set).toHaveLength(2)
    expect(set[0]).toMatch(/^__Host-jit-console=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=900$/)
    expect(set[1]).toMatch(/^__Host-jit-console-sign-out=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600$/)
  })
  it('keeps what it needs of a long list of groups, in several cookies', async () => {
    const groups = Array.from({ length: 200 }, (_, at) => `team-${String(at).padStart(20, '0')}`)
    fixture.provider.person = { sub: 'alice', claims: { groups } }
    const browser = fixture.browser()
    expect((await browser.open(`${fixture.url}/`)).code).toBe(200)
    expect(fixture.seen.at(-1)?.as.groups).toEqual([...groups.map((group) => `oidc:${group}`), 'system:authenticated'])
    fixture.provider.person = { sub: 'alice', claims: { groups: Array.from({ length: 600 }, (_, at) => `${'g'.repeat(60)}-${at}`) } }
    const other = fixture.browser()
    expect((await other.open(`${fixture.url}/`)).code).toBe(403)
    expect(hasSession(other)).toBe(false)
  })
  it.each([
    ['a user of Kubernetes', { sub: 'system:kube-controller-manager' }],
    ['a group of Kubernetes', { sub: 'alice', claims: { groups: ['approvers', 'system:masters'] } }],
  ])('%s is refused, and no session begins', async (_title, person) => {
    fixture.provider.person = person
    const browser = fixture.browser()
    const page = await browser.open(`${fixture.url}/`)
    expect(page.code).toBe(403)
    expect(page.text).not.toContain('system:')
    expect(hasSession(browser)).toBe(false)
  })
  it('says so when the provider refuses, without its words', async () => {
    fixture.provider.person = { sub: 'alice', deny: true }
    const browser = fixture.browser()
    const page = await browser.open(`${fixture.url}/`)
    expect(page.code).toBe(403)
    expect(page.text).not.toContain('alert')
    expect(hasSession(browser)).toBe(false)
  })
})

describe('no open redirect: sign-in leads to a page of the console', () => {
  it.each([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test',
    '/requests/../../evil',
    '/requests/a?next=https://evil.test',
    '/requests/a#b',
    '/sign-out',
    '/requests/a/approve',
    'javascript:alert(1)',
    '/requests/a%2f..',
    '/requests/a\r\nset-cookie:x=y',
    '',
  ])('%j leads to the inbox', async (to) => {
    const browser = fixture.browser()
    const answer = await browser.once(await untilCallback(browser, to))
    expect(answer.code).toBe(303)
    expect(answer.headers.get('location')).toBe('/')
  })
})

describe('an attacker', () => {
  it('cannot use a code twice', async () => {
    const browser = fixture.browser()
    const callback = await untilCallback(browser)
    const before = new Map(browser.cookies(fixture.url))
    expect((await browser.once(callback)).code).toBe(303)
    const thief = fixture.browser()
    for (const [name, value] of before) thief.cookies(fixture.url).set(name, value)
    const replayed = await thief.once(callback)
    expect(replayed.code).toBe(400)
    expect(hasSession(thief)).toBe(false)
  })
  it('cannot sign in a victim by their own code: the answer fits only the browser that began', async () => {
    const callback = await untilCallback(fixture.browser())
    const victim = fixture.browser()
    expect((await victim.once(callback)).code).toBe(400)
    await victim.once(`${fixture.url}/sign-in`)
    expect((await victim.once(callback)).code).toBe(400)
    expect(hasSession(victim)).toBe(false)
  })
  it.each(['state', 'iss', 'code'])('cannot change or drop %s', async (parameter) => {
    for (const change of ['other', undefined]) {
      const browser = fixture.browser()
      const callback = new URL(await untilCallback(browser))
      if (change === undefined) callback.searchParams.delete(parameter)
      else callback.searchParams.set(parameter, change)
      expect((await browser.once(callback.href)).code).toBe(400)
      expect(hasSession(browser)).toBe(false)
    }
  })
  it('cannot come back after ten minutes', async () => {
    const browser = fixture.browser()
    const callback = await untilCallback(browser)
    fixture.clock.skewMs = 601_000
    try {
      expect((await browser.once(callback)).code).toBe(400)
    } finally {
      fixture.clock.skewMs = 0
    }
  })
  it('finds no secret in the log', () => {
    expect(fixture.logged.join('')).toContain('sign-in.failed')
    expect(fixture.logged.join('')).not.toMatch(/eyJ|test-secret|code=|code_verifier/)
  })
})

it('another provider that signs with an algorithm that is not accepted does not sign in anybody', async () => {
  const strict = await startFixture({ config: { algorithms: ['RS256'] } })
  try {
    expect((await strict.browser().open(`${strict.url}/`)).code).toBe(400)
    expect(strict.provider.exchanged()).toBe(1)
  } finally {
    await strict.close()
  }
})

it.each([
  [500, 503],
  [503, 503],
  [429, 503],
  [404, 400],
])('a token endpoint that answers %i, not in the form of OAuth, is %i', async (failing, code) => {
  const browser = fixture.browser()
  const callback = await untilCallback(browser)
  fixture.provider.failing = failing
  try {
    expect((await browser.once(callback)).code).toBe(code)
    expect(hasSession(browser)).toBe(false)
  } finally {
    fixture.provider.failing = undefined
  }
})
it.each([
  ['server_error', 503],
  ['temporarily_unavailable', 503],
  ['access_denied', 403],
])('a provider that answers %s is %i', async (error, code) => {
  const browser = fixture.browser()
  const callback = new URL(await untilCallback(browser))
  callback.searchParams.delete('code')
  callback.searchParams.set('error', error)
  expect((await browser.once(callback.href)).code).toBe(code)
})

it('a provider that is away is not a refusal', async () => {
  const alone = await startFixture()
  try {
    await alone.provider.stop()
    const page = await alone.browser().open(`${alone.url}/`)
    expect(page.code).toBe(503)
    expect(page.headers.get('retry-after')).toBe('3')
  } finally {
    await alone.close().catch(() => undefined)
  }
})
