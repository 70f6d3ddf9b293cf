import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { newSession, sealSession, SESSION_COOKIE } from '../../../console/session/session.ts'
import { hiddenField, type Browser, type Form } from '../../../hack/browser/plain-browser.ts'
import { AGENT, ALICE, LIMITS, newKeys, startFixture, type Fixture } from '../console-fixture.ts'
import { tmpdir } from 'node:os'

let fixture: Fixture
beforeAll(async () => void (fixture = await startFixture()))
afterAll(() => fixture.close())

const stored = async (name: string): Promise<AccessRequest> =>
  (await fixture.api.send(AGENT, `GET accessrequests/${name}`)).body as unknown as AccessRequest
const grantOf = async (name: string): Promise<AccessGrant> =>
  (await fixture.api.send(AGENT, `GET accessgrants/${name}`)).body as unknown as AccessGrant
const page = (name: string): string => `${fixture.url}/requests/${name}`

/** The hidden fields of the forms of a request, as this browser sees them. */
async function formOf(browser: Browser, name: string): Promise<Form> {
  const shown = await browser.open(page(name))
  return { csrf: hiddenField(shown, 'csrf'), seen: hiddenField(shown, 'seen') }
}

describe('a decision', () => {
  it('approves with less time and fewer uses, in the name of the user', async () => {
    const name = await fixture.ask({ durationSeconds: 3600, maxUses: 5 })
    const alice = await fixture.signedIn()
    const after = await alice.post(`${page(name)}/approve`, {
      ...(await formOf(alice, name)),
      duration: '300',
      uses: '1',
      reason: 'seen in the runbook',
    })
    expect(after.code).toBe(200)
    expect(after.text).toContain('Approved')
    const { status } = await stored(name)
    expect(status?.phase).toBe('Approved')
    expect(status?.reviews).toMatchObject([{ reviewer: { username: 'oidc:alice' }, reason: 'Console', message: 'seen in the runbook' }])
    expect(status?.reviews?.[0]?.reviewer.extra?.['jit.access/via']).toEqual(['console'])
    const { spec } = await grantOf(status?.grantName ?? '')
    expect(spec.maxUses).toBe(1)
    expect(Math.floor((Date.parse(spec.expiresAt) - Date.parse(spec.notBefore)) / 10_000)).toBe(30) // times of the API are whole seconds
  })
  it('approves as asked when nothing is narrowed', async () => {
    const name = await fixture.ask({ durationSeconds: 3600, maxUses: 5 })
    const alice = await fixture.signedIn()
    await alice.post(`${page(name)}/approve`, { ...(await formOf(alice, name)), duration: '', uses: '', reason: '' })
    expect((await grantOf((await stored(name)).status?.grantName ?? '')).spec.maxUses).toBe(5)
  })
  it.each([
    ['more time', { duration: '86400' }],
    ['more uses', { uses: '6' }],
    ['no number', { uses: 'many' }],
    ['zero', { duration: '0' }],
    ['a negative number', { uses: '-1' }],
  ])('with %s than asked for is refused, and the request stays open', async (_title, more: Form) => {
    const name = await fixture.ask({ durationSeconds: 3600, maxUses: 5 })
    const alice = await fixture.signedIn()
    expect((await alice.post(`${page(name)}/approve`, { ...(await formOf(alice, name)), ...more })).code).toBe(422)
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('denies with a reason, which is required', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const form = await formOf(alice, name)
    expect((await alice.post(`${page(name)}/deny`, { ...form, reason: '  ' })).code).toBe(422)
    expect((await stored(name)).status?.phase).toBe('Pending')
    expect((await alice.post(`${page(name)}/deny`, { ...form, reason: 'still serves customers' })).code).toBe(200)
    const { status } = await stored(name)
    expect(status?.phase).toBe('Denied')
    expect(status?.reviews?.[0]?.message).toBe('still serves customers')
  })
  it('is refused by the apiserver for who may not decide', async () => {
    const name = await fixture.ask()
    const form = await formOf(await fixture.signedIn(), name)
    const before = fixture.api.rights
    const bob = await fixture.signedIn({ username: 'oidc:bob', groups: [] })
    try {
      fixture.api.rights = (who, attributes) => attributes.verb === 'view' || before(who, attributes)
      const shown = await bob.open(page(name))
      expect(shown.text).not.toContain('/approve"')
      const refused = await bob.post(`${page(name)}/approve`, { csrf: hiddenField(shown, 'csrf'), seen: form['seen'] ?? '' })
      expect(refused.code).toBe(403)
      expect(refused.text).toContain('cannot certify')
    } finally {
      fixture.api.rights = before
    }
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('applies only to what the page showed', async () => {
    const spec = { durationSeconds: 600 }
    const [name, other] = [await fixture.ask(spec), await fixture.ask(spec)]
    const alice = await fixture.signedIn()
    const form = await formOf(alice, other)
    expect((await alice.post(`${page(name)}/approve`, form)).code).toBe(409)
    expect((await alice.post(`${page(name)}/approve`, { ...form, seen: '' })).code).toBe(409)
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('happens once: a second tab says what became of it', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const [first, second] = [await formOf(alice, name), await formOf(alice, name)]
    expect((await alice.post(`${page(name)}/approve`, first)).code).toBe(200)
    const again = await alice.post(`${page(name)}/deny`, { ...second, reason: 'no' })
    expect(again.code).toBe(409)
    expect(again.text).toContain('approved and can no longer be decided')
  })
  it('revokes a grant', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    await alice.post(`${page(name)}/approve`, await formOf(alice, name))
    const grant = (await stored(name)).status?.grantName ?? ''
    const grants = await alice.open(`${fixture.url}/grants`)
    expect(grants.text).toContain(`/grants/${grant}/revoke`)
    const after = await alice.post(`${fixture.url}/grants/${grant}/revoke`, { csrf: hiddenField(grants, 'csrf'), reason: 'done' })
    expect(after.code).toBe(200)
    expect(after.text).not.toContain(`/grants/${grant}/revoke`)
    expect((await grantOf(grant)).status?.phase).toBe('Revoked')
  })
})

describe('nothing is done', () => {
  it('by reading: GET acts on no path', async () => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    for (const path of [`/requests/${name}/approve`, `/requests/${name}/deny`, `/grants/x/revoke`, '/sign-out'])
      expect((await alice.once(`${fixture.url}${path}?csrf=x&reason=x`)).code).toBe(404)
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it.each<[string, (form: Form) => { readonly form: Form; readonly headers?: { readonly [name: string]: string } }]>([
    ['without the token of the session', ({ seen = '' }) => ({ form: { seen } })],
    ['with the token of another session', (form) => ({ form: { ...form, csrf: newSession(ALICE, 0).csrf } })],
    ['from another site', (form) => ({ form, headers: { origin: 'https://evil.test' } })],
    ['from a sandboxed frame', (form) => ({ form, headers: { origin: 'null' } })],
    ['from another site, by what the browser says', (form) => ({ form, headers: { 'sec-fetch-site': 'cross-site' } })],
    ['as another type', (form) => ({ form, headers: { 'content-type': 'text/plain' } })],
  ])('by a form %s', async (_title, change) => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const { form, headers = {} } = change(await formOf(alice, name))
    const refused = await alice.post(`${page(name)}/approve`, form, headers)
    expect(refused.code).toBe(403)
    expect(refused.text).toContain('Nothing was done')
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it.each(['idle', 'life'])('after the session has ended by its %s time, also not after signing in again', async (which) => {
    const name = await fixture.ask()
    const alice = await fixture.signedIn()
    const form = await formOf(alice, name)
    const before = alice.cookies(fixture.url).get(SESSION_COOKIE) ?? ''
    try {
      if (which === 'idle') fixture.clock.skewMs = LIMITS.idleMs + 1_000
      else
        for (fixture.clock.skewMs = 0; fixture.clock.skewMs < LIMITS.lifetimeMs; fixture.clock.skewMs += LIMITS.idleMs - 60_000)
          expect((await alice.open(page(name))).url).toBe(page(name))
      if (which === 'life') fixture.clock.skewMs = LIMITS.lifetimeMs + 1_000
      const ended = await alice.post(`${page(name)}/approve`, form)
      expect(ended.code).toBe(401)
      expect(ended.text).toContain(`href="/sign-in?to=%2Frequests%2F${name}"`)
      alice.cookies(fixture.url).set(SESSION_COOKIE, before)
      expect((await alice.post(`${page(name)}/approve`, form)).code).toBe(401)
    } finally {
      fixture.clock.skewMs = 0
    }
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
  it('by a forged, cut or foreign cookie', async () => {
    const alice = await fixture.signedIn()
    const cookie = alice.cookies(fixture.url).get(SESSION_COOKIE) ?? ''
    const foreign = await sealSession(await newKeys(tmpdir()), newSession(ALICE, fixture.clock.nowMs()), LIMITS)
    const at = Math.floor(cookie.length * 0.7)
    const flipped = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`
    for (const forged of [foreign, flipped, cookie.slice(0, -2), 'x', `${cookie}.`]) {
      const mallory = fixture.browser()
      mallory.cookies(fixture.url).set(SESSION_COOKIE, forged)
      const seen = fixture.seen.length
      expect((await mallory.once(`${fixture.url}/`)).headers.get('location')).toBe('/sign-in?to=%2F')
      expect(fixture.seen).toHaveLength(seen)
    }
  })
  it('by a form that is too long', async () => {
    const alice = await fixture.signedIn()
    const name = await fixture.ask()
    const form = await formOf(alice, name)
    expect((await alice.post(`${page(name)}/deny`, { ...form, reason: 'x'.repeat(20_000) })).code).toBe(413)
    expect((await alice.post(`${page(name)}/deny`, { ...form, reason: 'x'.repeat(2_000) })).code).toBe(422)
    expect((await stored(name)).status?.phase).toBe('Pending')
  })
})

describe('signing out', () => {
  it('removes the session from the browser, and needs its token', async () => {
    const alice = await fixture.signedIn()
    const inbox = await alice.open(`${fixture.url}/`)
    expect((await alice.post(`${fixture.url}/sign-out`, {})).code).toBe(403)
    const out = await alice.post(`${fixture.url}/sign-out`, { csrf: hiddenField(inbox, 'csrf') })
    expect(out.url).toBe(`${fixture.url}/signed-out`)
    expect(alice.cookies(fixture.url).has(SESSION_COOKIE)).toBe(false)
  })
})

it('one user who loads many pages at the same time excludes nobody else', async () => {
  const [alice, bob] = [await fixture.signedIn(), await fixture.signedIn({ username: 'oidc:bob', groups: [] })]
  const codes = await Promise.all(Array.from({ length: 40 }, () => alice.once(`${fixture.url}/grants`).then(({ code }) => code)))
  expect(new Set(codes)).toEqual(new Set([200, 429]))
  expect((await bob.once(`${fixture.url}/`)).code).toBe(200)
})
