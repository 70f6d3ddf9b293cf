import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRecords } from '../../../cli/certify/records/records-folder.ts'
import type { EventOf } from '../../../domain/record/events.ts'
import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { verify } from '../../../domain/record/verify/verify.ts'
import { authURL, claimsOf, consoleCode, kubectlTokens, newPkce, redeem, refresh, send, token, visit, type Query } from '../flows.ts'
import { ALICE, ownClients, startFixture, type Fixture } from '../login-fixture.ts'

const SAML = 'urn:ietf:params:oauth:grant-type:saml2-bearer'

let fixture: Fixture
let agentsSecret: string
beforeAll(async () => {
  fixture = await startFixture({
    upstreams: [
      { id: 'corp', label: 'Corp' },
      { id: 'partner', label: 'Partner', namePrefix: 'partner:' },
    ],
    clients: (files) => [
      ...ownClients(files).map((client) => ({ ...client, upstreams: ['corp'] })),
      {
        id: 'agents',
        secretFile: files.consoleSecretFile,
        grants: ['SAMLAssertion'],
        tokenSeconds: 300,
        exchange: { audiences: ['jit-gateway'], upstreams: ['corp'] },
      },
    ],
  })
  agentsSecret = `Basic ${Buffer.from(`agents:${fixture.consoleSecret}`).toString('base64')}`
})
afterAll(() => fixture.close())

let before = 0
beforeEach(async () => {
  fixture.records.fails = false
  fixture.next = 0 // one file has events of the same millisecond in their order
  fixture.clock.skewMs += 60_000 // for the limits by address
  const { corp } = fixture.directories
  if (corp !== undefined) corp.person = { ...ALICE, authenticatedAt: fixture.clock.nowMs() }
  before = (await events()).length
})

const events = async (): Promise<readonly RecordedEvent[]> =>
  (await fixture.records.events()).toSorted((one, other) => one.time.localeCompare(other.time))
/** Without their times, those of this test. */
const recorded = async (): Promise<readonly object[]> => (await events()).slice(before).map((event) => ({ ...event, time: undefined }))
const only = <E extends RecordedEvent['event']>(all: readonly object[], name: E): readonly EventOf<E>[] =>
  all.filter((event): event is EventOf<E> => 'event' in event && event.event === name)

const assertion = (text: string, headers: Query = { authorization: agentsSecret }) =>
  token(fixture, fixture.browser(), { grant_type: SAML, assertion: text, ...('authorization' in headers ? {} : { client_id: 'agents' }) }, headers)
const counted = async (metric: string): Promise<number> =>
  Number(new RegExp(`^${metric.replaceAll(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(await fixture.registry.metrics())?.[1] ?? 0)

describe('what login records', () => {
  it('who signed in where, and each token that they got, with the ID that the token has', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    const renewed = await refresh(fixture, browser, body.refresh_token)
    const from = { subject: 'alice', client: 'kubectl', address: '127.0.0.1' }
    const issued = { event: 'login.token-issued', ...from, audience: 'kubectl', seconds: 600 }
    expect(await recorded()).toEqual([
      { event: 'login.signed-in', ...from, upstream: 'corp' },
      { ...issued, grant: 'AuthorizationCode', jti: claimsOf(body.id_token).jti },
      { ...issued, grant: 'RefreshToken', jti: claimsOf(renewed.body.id_token).jti },
    ])
    expect(claimsOf(body.id_token).jti).toMatch(/^[0-9a-f-]{36}$/)
    expect(claimsOf(renewed.body.id_token).jti).not.toBe(claimsOf(body.id_token).jti)
  })
  it('an assertion that was exchanged, and one that was refused, with the reason', async () => {
    fixture.directories['corp']?.assertions.set('good', { ...ALICE, authenticatedAt: fixture.clock.nowMs() })
    const { body } = await assertion('good')
    expect((await assertion('good')).body.error).toBe('invalid_grant')
    const from = { client: 'agents', grant: 'SAMLAssertion', address: '127.0.0.1' }
    expect(await recorded()).toEqual([
      { event: 'login.token-issued', ...from, subject: 'alice', audience: 'jit-gateway', seconds: 300, jti: claimsOf(body.access_token).jti },
      { event: 'login.token-refused', ...from, code: 400, reason: 'invalid_grant', message: 'it was used' },
    ])
  })
  it('a code that is used again, with the person whose it is', async () => {
    const browser = fixture.browser()
    const begun = await consoleCode(fixture, browser)
    await redeem(fixture, browser, begun)
    expect((await redeem(fixture, browser, begun)).body.error).toBe('invalid_grant')
    expect(only(await recorded(), 'login.token-refused')).toMatchObject([
      { subject: 'alice', client: 'console', grant: 'AuthorizationCode', code: 400, reason: 'invalid_grant' },
    ])
  })
  it('a person of an upstream who may not sign in', async () => {
    const browser = fixture.browser()
    const { corp } = fixture.directories
    if (corp !== undefined) corp.person = { ...ALICE, name: 'partner\u0000', authenticatedAt: fixture.clock.nowMs() }
    const { page } = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge }))
    expect(page.code).toBe(403)
    expect(await recorded()).toMatchObject([
      { event: 'login.sign-in-refused', subject: 'partner\u0000', client: 'console', upstream: 'corp', message: expect.any(String) as string },
    ])
  })
  it('who signed out: in a browser, everywhere, and at the upstream', async () => {
    const { corp } = fixture.directories
    if (corp !== undefined) corp.person = { ...ALICE, authenticatedAt: fixture.clock.nowMs(), logout: { nameID: 'alice@corp' } }
    const browser = fixture.browser()
    await consoleCode(fixture, browser)
    const stay = await visit(fixture, browser, `${fixture.url}/session/end`)
    await send(fixture, browser, stay.page, {})
    const { page } = await visit(fixture, browser, `${fixture.url}/session/end`)
    await send(fixture, browser, page, { logout: 'yes' })
    await visit(fixture, browser, `${fixture.url}${/href="(\/sign-out\/[^"]*)"/.exec(page.text)?.[1] ?? ''}`)
    await browser.once(`${fixture.url}/upstream/corp/ended?name=alice%40corp`)
    await browser.once(`${fixture.url}/upstream/corp/ended?name=nobody`)
    expect(only(await recorded(), 'login.signed-out').map(({ subject, how }) => [subject, how])).toEqual([
      ['alice', 'Browser'],
      ['alice', 'Everywhere'],
      ['alice', 'Upstream'],
    ])
  })
  it('with replicas that share a folder, in chains that verify, and no token, code or secret among it', async () => {
    fixture.next = undefined
    const browser = fixture.browser()
    const begun = await consoleCode(fixture, browser)
    const { body } = await redeem(fixture, browser, begun)
    const tokens = (await kubectlTokens(fixture, browser)).body
    const report = await verify(await openRecords(fixture.records.dir))
    expect([report.faults, report.files.length]).toEqual([[], 2])
    const files = (await readdir(fixture.records.dir)).filter((name) => name.endsWith('.jsonl'))
    const text = (await Promise.all(files.map((name) => readFile(join(fixture.records.dir, name), 'utf8')))).join('')
    expect(text).toContain(claimsOf(body.id_token).jti)
    const secrets = [begun.code, begun.pkce.verifier, fixture.consoleSecret, body.id_token, body.access_token, tokens.refresh_token, tokens.id_token]
    for (const secret of secrets) {
      expect(secret).toMatch(/^.{20}/)
      expect(text).not.toContain(secret)
    }
  })
})

describe('while nothing can be recorded', () => {
  it('nobody signs in, which is an error and not a refusal', async () => {
    const browser = fixture.browser()
    fixture.records.fails = true
    const { page, outside } = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge }))
    expect([page.code, outside]).toEqual([503, undefined])
    fixture.records.fails = false
    const silent = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    expect(silent.outside?.searchParams.get('error')).toBe('login_required')
    expect(await counted('jit_login_sign_ins_total{upstream="corp",result="Error"}')).toBeGreaterThan(0)
  })
  it('no code gets a token, and it works once when it can be recorded again', async () => {
    const browser = fixture.browser()
    const begun = await consoleCode(fixture, browser)
    const failed = await counted('jit_login_not_recorded_total')
    fixture.records.fails = true
    const { code, body } = await redeem(fixture, browser, begun)
    expect([code, body.error, body.id_token, body.access_token]).toEqual([503, 'temporarily_unavailable', undefined, undefined])
    expect(await counted('jit_login_not_recorded_total')).toBe(failed + 1)
    fixture.records.fails = false
    expect((await redeem(fixture, browser, begun)).code).toBe(200)
    expect((await redeem(fixture, browser, begun)).body.error).toBe('invalid_grant')
  })
  it('no refresh token is renewed, and the sign-in goes on when it can be recorded again', async () => {
    const browser = fixture.browser()
    const { body } = await kubectlTokens(fixture, browser)
    fixture.records.fails = true
    for (const _ of [1, 2]) {
      const failed = await refresh(fixture, browser, body.refresh_token)
      expect([failed.code, failed.body.error, failed.body.refresh_token]).toEqual([503, 'temporarily_unavailable', undefined])
    }
    fixture.records.fails = false
    const renewed = await refresh(fixture, browser, body.refresh_token)
    expect(renewed.code).toBe(200)
    expect((await refresh(fixture, browser, renewed.body.refresh_token)).code).toBe(200)
    // The one of before is still known as one that was used.
    expect((await refresh(fixture, browser, body.refresh_token)).body.error).toBe('invalid_grant')
  })
  it('nothing is exchanged', async () => {
    fixture.directories['corp']?.assertions.set('unrecorded', { ...ALICE, authenticatedAt: fixture.clock.nowMs() })
    fixture.records.fails = true
    const { code, body } = await assertion('unrecorded')
    expect([code, body.error, body.access_token]).toEqual([503, 'temporarily_unavailable', undefined])
    expect(body.error_description).toContain('cannot be recorded')
  })
  it('people sign out all the same, and a metric counts what is missing', async () => {
    const browser = fixture.browser()
    const tokens = await kubectlTokens(fixture, browser)
    const lost = await counted('jit_login_records_lost_total')
    fixture.records.fails = true
    const { page } = await visit(fixture, browser, `${fixture.url}/session/end`)
    await visit(fixture, browser, `${fixture.url}${/href="(\/sign-out\/[^"]*)"/.exec(page.text)?.[1] ?? ''}`)
    fixture.records.fails = false
    expect((await refresh(fixture, browser, tokens.body.refresh_token)).body.error).toBe('invalid_grant')
    expect(await counted('jit_login_records_lost_total')).toBe(lost + 1)
  })
})
