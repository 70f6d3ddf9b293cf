import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, consoleCode, kubectlTokens, redeem, token } from '../../login/flows.ts'
import { startFixture, type Fixture } from '../../login/login-fixture.ts'

/** X. Somebody who wants a token without the groups that policies govern. */
let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture()))
afterAll(() => fixture.close())

const GROUPS = ['approvers', 'developers']

describe('X. a program that does not ask for groups', () => {
  it('X417 gets them with the ID token of a code', async () => {
    const browser = fixture.browser()
    const { body } = await redeem(fixture, browser, await consoleCode(fixture, browser, { scope: 'openid' }))
    expect(claimsOf(body.id_token)['groups']).toEqual(GROUPS)
  })
  it('gets them when it renews a token with fewer scopes', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const form = { grant_type: 'refresh_token', client_id: 'kubectl', refresh_token: body.refresh_token ?? '', scope: 'openid' }
    const renewed = await token(fixture, browser, form)
    expect([renewed.code, claimsOf(renewed.body.id_token)['groups']]).toEqual([200, GROUPS])
  })
})
