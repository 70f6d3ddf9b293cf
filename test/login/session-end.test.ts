import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, consoleCode, kubectlTokens, redeem, refresh, token, type Tokens } from './flows.ts'
import { ALICE, ownClients, startFixture, type Fixture } from './login-fixture.ts'

/** Longer than the clock of a slow machine moves during a test, and shorter than the ten minutes that tokens live. */
const SESSION_SECONDS = 300

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture({
    clients: (files) => [
      ...ownClients(files),
      { id: 'agents', grants: ['SAMLAssertion'], exchange: { audiences: ['jit-gateway'], upstreams: ['corp'] } },
    ],
  })
})
afterAll(() => fixture.close())

/** A person whose session at the identity provider ends soon. Returns the end, in seconds. */
function endsSoon(): number {
  const sessionEndsAt = fixture.clock.nowMs() + SESSION_SECONDS * 1000
  const directory = fixture.directories['corp']
  if (directory !== undefined) directory.person = { ...ALICE, authenticatedAt: fixture.clock.nowMs(), sessionEndsAt }
  directory?.assertions.set(`ends-${sessionEndsAt}`, { ...ALICE, authenticatedAt: fixture.clock.nowMs(), sessionEndsAt })
  return sessionEndsAt / 1000
}
const endOf = (text: string | undefined): number => claimsOf(text).exp ?? Infinity
const ends = ({ id_token: text }: Tokens): number => endOf(text)

describe('when the identity provider says when its session ends, no token ends later', () => {
  it('that the console gets, and the answer says so', async () => {
    const end = endsSoon()
    const browser = fixture.browser()
    const { body } = await redeem(fixture, browser, await consoleCode(fixture, browser))
    expect(ends(body)).toBeLessThanOrEqual(end)
    expect(body.expires_in).toBeLessThanOrEqual(SESSION_SECONDS)
    expect(ends(body)).toBeGreaterThan(fixture.clock.nowMs() / 1000)
    const issued = (await fixture.records.events()).findLast(({ event }) => event === 'login.token-issued')
    expect((issued as { readonly seconds?: number } | undefined)?.seconds).toBeLessThanOrEqual(SESSION_SECONDS)
  })
  it('that kubectl gets, and renews', async () => {
    const end = endsSoon()
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const renewed = await refresh(fixture, browser, body.refresh_token)
    expect([ends(body) <= end, ends(renewed.body) <= end]).toEqual([true, true])
  })
  it('that an agent gets for an assertion', async () => {
    const end = endsSoon()
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', client_id: 'agents', assertion: `ends-${end * 1000}` }
    const { body } = await token(fixture, fixture.browser(), form)
    expect(endOf(body.access_token)).toBeLessThanOrEqual(end)
    expect(body.expires_in).toBeLessThanOrEqual(SESSION_SECONDS)
  })
  it('and an assertion of a session that has ended gets none', async () => {
    const ended = { ...ALICE, authenticatedAt: fixture.clock.nowMs(), sessionEndsAt: fixture.clock.nowMs() - 1000 }
    fixture.directories['corp']?.assertions.set('ended', ended)
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', client_id: 'agents', assertion: 'ended' }
    expect((await token(fixture, fixture.browser(), form)).body).toMatchObject({ error: 'invalid_grant' })
  })
})
