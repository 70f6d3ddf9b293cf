import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose'
import { createAuthority } from '../../../hack/cluster/certificate-authority.ts'
import type { TestProvider } from './oidc-fixture.ts'

export const CLIENT_ID = 'jit-login'

/** What the token endpoint answers: tokens with these changes, or an error. */
export type Answer = {
  /** Undefined leaves a claim out. */
  readonly claims?: { readonly [claim: string]: unknown }
  readonly alg?: 'ES256' | 'RS256' | 'HS256' | 'none'
  /** Signs with a key that the provider does not publish. */
  readonly foreignKey?: true
  readonly accessToken?: string
  /** Without a code of OAuth, the answer is not one of OAuth. */
  readonly error?: { readonly status: number; readonly error?: string }
  /** The token endpoint waits for it. */
  readonly after?: Promise<void>
}

/** What login sent to the token endpoint. */
export type Redeemed = { readonly code: string; readonly verifier: string; readonly redirectURI: string }

export type ScriptedProvider = TestProvider & {
  /** Tokens by code. A code that is not here is refused, as one that was used before. */
  readonly codes: Map<string, Answer>
  readonly redeemed: Redeemed[]
  /** Signs with another key from now on, and publishes it alone. */
  rotate(): Promise<void>
  /** Fields of the discovery document. */
  discovery: { readonly [field: string]: unknown }
}

/** `at_hash` of ES256 and RS256. */
export const atHash = (accessToken: string): string => createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')

/** A provider that answers what a test wants, also what no provider should. Its keys and its TLS are real. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const authority = await createAuthority('scripted-idp')
  const keys = { ES256: await generateKeyPair('ES256'), RS256: await generateKeyPair('RS256'), foreign: await generateKeyPair('ES256') }
  let kid = 'key-1'
  const published = [
    { ...(await exportJWK(keys.ES256.publicKey)), kid, alg: 'ES256', use: 'sig' },
    { ...(await exportJWK(keys.RS256.publicKey)), kid: 'key-2', alg: 'RS256', use: 'sig' },
  ]
  const codes = new Map<string, Answer>()
  const redeemed: Redeemed[] = []
  const state: Pick<ScriptedProvider, 'discovery'> = { discovery: {} }

  const idToken = async ({ claims = {}, alg = 'ES256', foreignKey }: Answer): Promise<string> => {
    const now = Math.floor(Date.now() / 1000)
    const all = { iss: issuer, aud: CLIENT_ID, sub: 'alice', iat: now, exp: now + 300, ...claims }
    const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    if (alg === 'none') return new UnsecuredJWT(payload).encode()
    const secret = new TextEncoder().encode('a secret of the client that is long enough')
    const own: CryptoKey | Uint8Array = alg === 'HS256' ? secret : keys[alg].privateKey
    return await new SignJWT(payload)
      .setProtectedHeader({ alg, kid: alg === 'RS256' ? 'key-2' : kid })
      .sign(foreignKey === true ? keys.foreign.privateKey : own)
  }
  const redeem = async (form: URLSearchParams): Promise<{ readonly status: number; readonly body: object }> => {
    const code = form.get('code') ?? ''
    redeemed.push({ code, verifier: form.get('code_verifier') ?? '', redirectURI: form.get('redirect_uri') ?? '' })
    const answer = codes.get(code)
    if (answer === undefined) return { status: 400, body: { error: 'invalid_grant' } }
    await answer.after
    if (answer.error !== undefined) return { status: answer.error.status, body: { error: answer.error.error } }
    const accessToken = answer.accessToken ?? 'an-access-token'
    return { status: 200, body: { access_token: accessToken, token_type: 'Bearer', id_token: await idToken(answer) } }
  }

  const pair = await authority.issue({ commonName: 'idp', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  const server = createServer(pair, (request, response) => {
    const send = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.url === '/jwks') return send(200, { keys: published })
    if (request.url !== '/token') {
      const document = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        token_endpoint_auth_methods_supported: ['none'],
        id_token_signing_alg_values_supported: ['ES256', 'RS256'],
      }
      return send(200, { ...document, ...state.discovery })
    }
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => void redeem(new URLSearchParams(text)).then(({ status, body }) => send(status, body)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  return Object.assign(state, {
    issuer,
    ca: authority.cert,
    codes,
    redeemed,
    rotate: async () => {
      keys.ES256 = await generateKeyPair('ES256')
      kid = 'key-3'
      published[0] = { ...(await exportJWK(keys.ES256.publicKey)), kid, alg: 'ES256', use: 'sig' }
    },
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  })
}
