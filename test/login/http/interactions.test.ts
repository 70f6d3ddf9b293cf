import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { authURL, claimsOf, consoleCode, kubectlTokens, newPkce, redeem, refresh, send, visit } from '../flows.ts'
import { ownClients, startFixture, type Fixture } from '../login-fixture.ts'

const UPSTREAMS = [
  { id: 'corp', label: 'Corp', namePrefix: 'corp:' },
  { id: 'partner', label: '<b>Partner</b>', namePrefix: 'partner:' },
]

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture({
    upstreams: UPSTREAMS,
    clients: (files) => ownClients(files).map((client) => (client.id === 'kubectl' ? { ...client, upstreams: ['corp'] } : client)),
  })
})
afterAll(() => fixture.close())
beforeEach(() => {
  for (const id of ['corp', 'partner']) {
    const directory = fixture.directories[id]
    if (directory !== undefined) directory.person = { name: 'alice', groups: ['developers'], authenticatedAt: fixture.clock.nowMs() }
  }
})

/** Signs in at the console by a choice on the page. */
async function choose(id: string) {
  const browser = fixture.browser()
  const pkce = newPkce()
  const { page } = await visit(fixture, browser, authURL(fixture, { code_challenge: pkce.challenge }))
  const path = new RegExp(`href="(/interaction/[^"]*/upstream/${id})"`).exec(page.text)?.[1] ?? ''
  const { outside, page: last } = await visit(fixture, browser, `${fixture.url}${path}`)
  return { browser, page, last, pkce, outside, code: outside?.searchParams.get('code') ?? '' }
}

describe('several upstreams', () => {
  it('people choose one, and names and groups have its prefix', async () => {
    const { browser, code, pkce, page } = await choose('partner')
    expect(page.text).toContain('Directory corp')
    const { body } = await redeem(fixture, browser, { code, pkce })
    expect(claimsOf(body.id_token)).toMatchObject({ sub: 'partner:alice', groups: ['partner:developers'] })
  })
  it('a client signs in only the people of its own, whatever session the browser has', async () => {
    const { browser } = await choose('partner')
    const { body } = await kubectlTokens(fixture, browser)
    expect(claimsOf(body.id_token).sub).toBe('corp:alice')
    const begun = await browser.once(
      authURL(fixture, { client_id: 'kubectl', redirect_uri: 'http://127.0.0.1:1/callback', code_challenge: newPkce().challenge, prompt: 'login' }),
    )
    const interaction = new URL(begun.headers.get('location') ?? '', fixture.url).href
    expect((await browser.once(`${interaction}/upstream/partner`)).code).toBe(404)
  })
  it.each([
    ['Refused', 403],
    ['Invalid', 400],
    ['Expired', 400],
    ['Unavailable', 503],
  ] as const)('a sign-in that ends with %s shows the message with %i, and can be tried again', async (reason, code) => {
    const corp = fixture.directories['corp']
    if (corp !== undefined) corp.person = { reason, message: 'It was <refused>.', detail: 'for the log' }
    const { last } = await choose('corp')
    expect([last.code, last.text.includes('It was &lt;refused&gt;.'), last.text.includes('Try again')]).toEqual([code, true, true])
    expect(last.text).not.toContain('for the log')
    expect(fixture.logged.join('')).toContain('for the log')
  })
})

describe('signing out', () => {
  it('asks, and ends the session of this browser alone', async () => {
    const browser = fixture.browser()
    const tokens = await kubectlTokens(fixture, browser)
    const { page } = await visit(fixture, browser, `${fixture.url}/session/end`)
    expect(page.text).toContain('Sign out of jit-access in this browser?')
    expect(page.text).not.toMatch(/<script/)
    const done = await send(fixture, browser, page, { logout: 'yes' })
    expect(done.page.text).toContain('You have signed out here')
    const silent = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    expect(silent.outside?.searchParams.get('error')).toBe('login_required')
    expect((await refresh(fixture, browser, tokens.body.refresh_token)).code).toBe(200)
  })
  it('everywhere ends the refresh tokens too, and needs the link of the page', async () => {
    const browser = fixture.browser()
    const tokens = await kubectlTokens(fixture, browser)
    const { page } = await visit(fixture, browser, `${fixture.url}/session/end`)
    expect((await browser.once(`${fixture.url}/sign-out/tabc.Y29ycDphbGljZQ.${'A'.repeat(43)}`)).code).toBe(400)
    const path = /href="(\/sign-out\/[^"]*)"/.exec(page.text)?.[1] ?? ''
    const out = await visit(fixture, browser, `${fixture.url}${path}`)
    expect(out.page.text).toContain('You have signed out here')
    expect((await refresh(fixture, browser, tokens.body.refresh_token)).body.error).toBe('invalid_grant')
  })
  it('shows a button and no script to a browser without a session, and sends it to no other site', async () => {
    const browser = fixture.browser()
    const { page } = await visit(fixture, browser, `${fixture.url}/session/end?post_logout_redirect_uri=https://evil.test`)
    expect(page.text).toContain('<button type="submit">Continue</button>')
    expect(page.text).not.toMatch(/<script|evil/)
    const sent = await send(fixture, browser, page, {})
    expect([sent.outside, sent.page.code]).toEqual([undefined, 200])
  })
})

it('a session of the browser signs in at another program without the upstream', async () => {
  const { browser } = await choose('corp')
  const corp = fixture.directories['corp']
  if (corp !== undefined) corp.person = { reason: 'Unavailable', message: 'away' }
  expect((await consoleCode(fixture, browser)).code).not.toBe('')
})

it('a session ends eight hours after the person signed in, however often it is used', async () => {
  const { browser } = await choose('corp')
  const start = Date.now()
  const silent = async (hours: number): Promise<string | undefined> => {
    vi.setSystemTime(start + hours * 3600_000)
    const { outside } = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    return outside?.searchParams.get('error') ?? undefined
  }
  try {
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    expect([await silent(4), await silent(7.9), await silent(8.1)]).toEqual([undefined, undefined, 'login_required'])
  } finally {
    vi.useRealTimers()
  }
})
