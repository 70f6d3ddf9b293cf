import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Browser } from '../../../hack/browser/plain-browser.ts'
import type { UpstreamConfig } from '../../../login/config/config.ts'
import { createMakeUpstream } from '../../../login/make-upstream.ts'
import { token } from '../../login/flows.ts'
import { assertionOf, IDP, metadataOf, sign } from '../../login/saml/identity-provider.ts'
import { idp, sp } from '../../login/saml/saml-fixture.ts'
import { startFixture, type Fixture } from '../../login/login-fixture.ts'

/** X. Two upstreams of one identity provider: `hasty` forgets early by itself, `patient` accepts for an hour, and `picky` finds no name. */
const TOKEN = 'https://login.test/token'
let dir: string
let fixture: Fixture
let browser: Browser
const client = (id: string, upstreams: readonly string[]) =>
  ({ id, grants: ['TokenExchange'], exchange: { audiences: ['jit-gateway'], upstreams } }) as const

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'saml-exchange-'))
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text)
    return join(dir, name)
  }
  const keyFile = await put('sp.key', sp.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  const signing = { keyFile, certFile: await put('sp.crt', sp.cert) }
  const identityProvider = { entityID: IDP, metadata: { file: await put('idp.xml', metadataOf([idp])) } }
  const upstream = (id: string, more: Partial<UpstreamConfig['saml']>): UpstreamConfig => ({
    id,
    label: id,
    saml: { identityProvider, signing, exchange: { recipient: TOKEN }, ...more },
  })
  fixture = await startFixture({
    upstreams: [
      upstream('picky', { nameAttribute: 'nobody has it' }),
      upstream('hasty', { maxAgeSeconds: 30, clockSkewSeconds: 0 }),
      upstream('patient', { maxAgeSeconds: 3600, clockSkewSeconds: 300 }),
    ],
    clients: () => [client('one', ['hasty']), client('other', ['patient']), client('both', ['picky', 'patient'])],
    makeUpstream: createMakeUpstream(new Registry()),
  })
  browser = fixture.browser()
})
afterAll(async () => {
  await fixture.close()
  await rm(dir, { recursive: true })
})

const exchange = async (clientID: string, presented: string): Promise<number> => {
  const answer = await token(fixture, browser, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: clientID,
    subject_token: Buffer.from(presented).toString('base64url'),
    subject_token_type: 'urn:ietf:params:oauth:token-type:saml2',
  })
  return answer.code
}

const after = (each: number): string => new Date(fixture.clock.nowMs() + each * 1000).toISOString()

/** An assertion for the token endpoint that its identity provider lets live for so many seconds. */
function assertion(assertionID: string, seconds: number): string {
  const given = {
    assertionID,
    audience: TOKEN,
    recipient: TOKEN,
    confirms: '',
    issued: after(0),
    conditions: `NotOnOrAfter="${after(seconds)}"`,
    confirmedUntil: ` NotOnOrAfter="${after(seconds)}"`,
    authenticated: `<saml:AuthnStatement AuthnInstant="${after(-10)}"/>`,
  }
  return sign(assertionOf(given), 'Assertion', idp)
}

it('X312 an assertion is exchanged once, whichever upstream of its identity provider accepts it', async () => {
  const xml = assertion('_once', 60)
  expect([await exchange('one', xml), await exchange('other', xml), await exchange('one', xml)]).toEqual([200, 400, 400])
})

it.each([
  ['ends late', 3 * 3600, 3600],
  ['ends soon', 60, 60],
])('X313 it is not exchanged again where the limits of time are wider, when it %s', async (name, seconds, lastAccepted) => {
  const xml = assertion(`_${name.replace(' ', '-')}`, seconds)
  expect(await exchange('one', xml)).toBe(200)
  const began = fixture.clock.skewMs
  // Until the last moment in which the patient one would accept it.
  for (const later of [120, lastAccepted, lastAccepted + 290]) {
    fixture.clock.skewMs = began + later * 1000
    expect(await exchange('other', xml), `after ${later} s`).toBe(400)
  }
  fixture.clock.skewMs = began
})

it('an upstream that finds no name leaves the assertion to the next one', async () => {
  const xml = assertion('_named', 60)
  expect([await exchange('both', xml), await exchange('both', xml)]).toEqual([200, 400])
})
