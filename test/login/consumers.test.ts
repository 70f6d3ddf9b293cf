import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSealKeys } from '../../console/session/cookie-keys.ts'
import { createProvider } from '../../server/oidc/provider-client.ts'
import { createSignIn } from '../../console/sign-in/sign-in.ts'
import { createSignOut } from '../../console/sign-in/sign-out.ts'
import { createLog } from '../../server/log.ts'
import { createIssuer } from '../../gateway/authenticate/issuer.ts'
import { authURL, newPkce, send, token, visit } from './flows.ts'
import { ALICE, ownClients, startFixture, type Fixture } from './login-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture({
    clients: (files) => [
      ...ownClients(files).map((client) => (client.id === 'console' ? { ...client, signedOutURIs: ['https://console.test/signed-out'] } : client)),
      { id: 'agents', grants: ['SAMLAssertion'], exchange: { audiences: ['jit-gateway'], upstreams: ['corp'] } },
    ],
  })
})
afterAll(() => fixture.close())

describe('what reads the tokens of login', () => {
  it('the console signs people in, with their groups, and out', async () => {
    const [caFile, clientSecretFile, keysFile] = ['ca.crt', 'console-secret', 'session-keys'].map((name) => join(fixture.dir, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(caFile, fixture.ca)
    await writeFile(keysFile, Buffer.alloc(32, 3).toString('base64'))
    const signOut = 'ProviderAndReturn' as const
    const config = { signOut, issuer: fixture.url, clientID: 'console', clientSecretFile, caFile, usernamePrefix: 'login:', groupsPrefix: 'login:' }
    const provider = await createProvider(config, fixture.clock)
    const keys = await readSealKeys(keysFile)
    const signIn = createSignIn({ config, url: 'https://console.test', provider, keys: () => keys, clock: fixture.clock })
    const { location, sealed } = await signIn.begin('/grants')
    const browser = fixture.browser()
    const { outside } = await visit(fixture, browser, location)
    const { user, to, idToken } = await signIn.complete({ sealed, search: outside?.search ?? '' })
    expect([user, to]).toEqual([{ username: 'login:alice', groups: ['login:approvers', 'login:developers'] }, '/grants'])

    const log = createLog({ part: 'console', clock: fixture.clock, write: () => undefined })
    const leaving = createSignOut({ config, url: 'https://console.test', provider, keys: () => keys, clock: fixture.clock, log })
    const left = await leaving.leave((await leaving.remember(idToken, 3600)) ?? '')
    const asked = await visit(fixture, browser, (await leaving.next(left ?? '')) ?? '')
    expect(asked.page.text).toContain('Sign out of jit-access in this browser?')
    const done = await send(fixture, browser, asked.page, { logout: 'yes' })
    expect(done.outside?.href).toBe('https://console.test/signed-out')
    const silent = await visit(fixture, browser, authURL(fixture, { code_challenge: newPkce().challenge, prompt: 'none' }))
    expect(silent.outside?.searchParams.get('error')).toBe('login_required')
    await provider.close()
  })
  it('the gateway accepts an exchanged token, and no ID token', async () => {
    const issuer = createIssuer(
      {
        issuer: fixture.url,
        audiences: ['jit-gateway'],
        ca: fixture.ca,
        algorithms: ['ES256'],
        usernameClaim: 'sub',
        groupsClaim: 'groups',
        usernamePrefix: 'login:',
        groupsPrefix: 'login:',
      },
      fixture.clock,
    )
    fixture.directories['corp']?.assertions.set('a', { ...ALICE, authenticatedAt: Date.now() })
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', client_id: 'agents', assertion: 'a' }
    const { body } = await token(fixture, fixture.browser(), form)
    const { caller } = await issuer.verify(body.access_token ?? '')
    expect(caller.identity).toMatchObject({ username: 'login:alice', groups: ['login:approvers', 'login:developers'] })
  })
})
