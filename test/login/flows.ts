import { createHash, randomBytes } from 'node:crypto'
import { decodeJwt, type JWTPayload } from 'jose'
import { followWithin, hiddenFields, type Browser, type Page } from '../../hack/browser/plain-browser.ts'
import { CONSOLE_URI, type Fixture } from './login-fixture.ts'

export type Pkce = { readonly verifier: string; readonly challenge: string }
export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export type Query = { readonly [name: string]: string }

/** The URL at which a program begins a sign-in. An empty text leaves a parameter out. */
export function authURL(fixture: Fixture, changes: Query = {}): string {
  const query: Query = {
    client_id: 'console',
    redirect_uri: CONSOLE_URI,
    response_type: 'code',
    scope: 'openid profile groups',
    state: 'state-of-the-program',
    nonce: 'nonce-of-the-program',
    code_challenge_method: 'S256',
    ...changes,
  }
  return `${fixture.url}/auth?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()}`
}

/** Follows redirects within login, and returns the last page, or the URL outside that the browser is sent to. */
export const follow = (fixture: Fixture, browser: Browser, first: Page): ReturnType<typeof followWithin> =>
  followWithin(browser, first, ({ origin }) => origin === fixture.url)

export const visit = async (fixture: Fixture, browser: Browser, url: string) => follow(fixture, browser, await browser.once(url))

/** Sends a form of a page. */
export async function send(fixture: Fixture, browser: Browser, page: Page, fields: Query) {
  const action = /<form method="post" action="([^"]*)"/.exec(page.text)?.[1] ?? ''
  const form = { ...Object.fromEntries(hiddenFields(page.text)), ...fields }
  return await follow(fixture, browser, await browser.send(new URL(action, page.url).href, form, { origin: fixture.url }))
}

export type Tokens = {
  readonly id_token?: string
  readonly access_token?: string
  readonly refresh_token?: string
  readonly error?: string
  readonly error_description?: string
  readonly expires_in?: number
  readonly issued_token_type?: string
}
export type TokenAnswer = { readonly code: number; readonly body: Tokens }

/** Calls the token endpoint. */
export async function token(fixture: Fixture, browser: Browser, form: Query, headers: Query = {}): Promise<TokenAnswer> {
  const page = await browser.send(`${fixture.url}/token`, form, headers)
  return { code: page.code, body: JSON.parse(page.text) as Tokens }
}

export const asConsole = ({ consoleSecret }: Fixture): Query => ({
  authorization: `Basic ${Buffer.from(`console:${consoleSecret}`).toString('base64')}`,
})

/** Signs in at the console: the code, and where it came. */
export async function consoleCode(
  fixture: Fixture,
  browser: Browser,
  changes: Query = {},
): Promise<{ readonly code: string; readonly pkce: Pkce; readonly outside: URL }> {
  const pkce = newPkce()
  const { outside, page } = await visit(fixture, browser, authURL(fixture, { code_challenge: pkce.challenge, ...changes }))
  if (outside === undefined) throw new Error(`${page.code} ${page.text}`)
  return { code: outside.searchParams.get('code') ?? '', pkce, outside }
}

export const redeem = (fixture: Fixture, browser: Browser, { code, pkce }: { readonly code: string; readonly pkce: Pkce }): Promise<TokenAnswer> =>
  token(fixture, browser, { grant_type: 'authorization_code', code, code_verifier: pkce.verifier, redirect_uri: CONSOLE_URI }, asConsole(fixture))

export const LOOPBACK = 'http://127.0.0.1:43210/callback'

/** Signs in with kubectl, which asks for consent. */
export async function kubectlTokens(fixture: Fixture, browser: Browser): Promise<TokenAnswer> {
  const pkce = newPkce()
  const { page } = await visit(fixture, browser, authURL(fixture, { client_id: 'kubectl', redirect_uri: LOOPBACK, code_challenge: pkce.challenge }))
  if (!page.text.includes('name="form"')) throw new Error(`${page.code} ${page.url} ${page.text.slice(0, 3000)}`)
  const { outside } = await send(fixture, browser, page, { decision: 'continue' })
  const code = outside?.searchParams.get('code') ?? ''
  return await token(fixture, browser, {
    grant_type: 'authorization_code',
    client_id: 'kubectl',
    code,
    code_verifier: pkce.verifier,
    redirect_uri: LOOPBACK,
  })
}

export const refresh = (fixture: Fixture, browser: Browser, refreshToken = ''): Promise<TokenAnswer> =>
  token(fixture, browser, { grant_type: 'refresh_token', client_id: 'kubectl', refresh_token: refreshToken })

export const claimsOf = (text = ''): JWTPayload => decodeJwt(text)
