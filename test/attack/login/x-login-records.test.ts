import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asConsole, authURL, consoleCode, kubectlTokens, newPkce, redeem, refresh, token, visit, type Query } from '../../login/flows.ts'
import { ALICE, startFixture, type Fixture } from '../../login/login-fixture.ts'
import { until } from '../../until.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture({ replicas: 1 })
})
afterAll(() => fixture.close())
beforeEach(() => {
  fixture.clock.skewMs += 600_000 // for the limits by address
})

const names = async (): Promise<readonly string[]> => (await fixture.records.events()).map(({ event }) => event)
const be = (name: string): void => {
  const { corp } = fixture.directories
  if (corp !== undefined) corp.person = { ...ALICE, name, authenticatedAt: fixture.clock.nowMs() }
}
const code = {
  grant_type: 'authorization_code',
  code: 'x'.repeat(43),
  code_verifier: 'y'.repeat(43),
  redirect_uri: 'https://console.test/sign-in/callback',
}
const basic = (secret: string): Query => ({ authorization: `Basic ${Buffer.from(`console:${secret}`).toString('base64')}` })

describe('somebody who wants the records of login full, or misleading', () => {
  it.each<[string, Query, Query]>([
    ['no client', code, {}],
    ['a client without a secret', { ...code, client_id: 'kubectl' }, {}],
    ['a refresh token of nobody', { grant_type: 'refresh_token', client_id: 'kubectl', refresh_token: 'z'.repeat(80) }, {}],
    ['a client whose secret they do not know', code, basic('no-secret')],
    ['a client that they only name', { ...code, client_id: 'console' }, {}],
    ['an attestation of a client', { ...code, client_id: 'console' }, { 'oauth-client-attestation': `e30.${btoa('{"sub":"console"}')}.` }],
  ])('X330 leaves nothing in the records as a visitor: %s', async (_, form, headers) => {
    const before = await names()
    const answer = await token(fixture, fixture.browser(), form, headers)
    expect(answer.code).toBeGreaterThanOrEqual(400)
    const { corp } = fixture.directories
    if (corp !== undefined) corp.person = { reason: 'Refused', message: 'no' }
    await visit(fixture, fixture.browser(), authURL(fixture, { code_challenge: newPkce().challenge }))
    await visit(fixture, fixture.browser(), `${fixture.url}/session/end`)
    expect(await names()).toEqual(before)
    expect(await fixture.registry.metrics()).toMatch(/jit_login_tokens_total\{grant="\w+",result="Refused"\} \d/)
  })
  it('X331 takes only the bound of their own, as a person or as a client with a secret', async () => {
    be('mallory')
    const browser = fixture.browser()
    const used = await consoleCode(fixture, browser)
    await redeem(fixture, browser, used)
    const before = (await names()).length
    let sent = 0
    // A busy machine sends no more than the bound allows for a while.
    await until('some are only counted', async () => {
      for (let more = 0; more < 50; more += 1) expect((await redeem(fixture, browser, used)).body.error).toBe('invalid_grant')
      sent += 50
      return (await names()).length - before < sent
    })
    // A junk code of the same client counts against the client, and somebody else signs in.
    await token(fixture, browser, code, asConsole(fixture))
    be('alice')
    fixture.clock.skewMs += 600_000
    const other = fixture.browser()
    expect((await redeem(fixture, other, await consoleCode(fixture, other))).code).toBe(200)
    await fixture.replicas[0]?.close()
    const all = await fixture.records.events()
    expect(all.filter(({ event }) => event === 'login.unrecorded')).toMatchObject([{ subject: 'mallory', count: expect.any(Number) as number }])
    expect(all.slice(before)).toContainEqual(expect.objectContaining({ event: 'login.token-refused', client: 'console', reason: 'invalid_grant' }))
    expect(all.some((event) => event.event === 'login.token-issued' && event.subject === 'alice')).toBe(true)
  })
  it('X332 cannot make a person look like the thief of a token with a token of nobody', async () => {
    be('alice')
    const browser = fixture.browser()
    await kubectlTokens(fixture, browser)
    const before = (await names()).length
    await refresh(fixture, browser, `alice~${'z'.repeat(43)}`)
    expect((await names()).length).toBe(before)
  })
})
