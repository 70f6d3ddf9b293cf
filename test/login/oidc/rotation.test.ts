import { afterAll, beforeAll, expect, it } from 'vitest'
import { visit } from '../flows.ts'
import { CLIENT_ID, startScriptedProvider, type ScriptedProvider } from './scripted-provider.ts'
import { beginAt, openOidcFixture, type OidcFixture } from './oidc-fixture.ts'

let stage: OidcFixture<ScriptedProvider>
beforeAll(async () => void (stage = await openOidcFixture(startScriptedProvider, { clientID: CLIENT_ID })))
afterAll(() => stage.close())

/** Whether somebody is signed in with a token that the provider signs now. */
async function signsIn(code: string): Promise<boolean> {
  stage.fixture.next = 0 // each replica has the keys that it read itself
  const browser = stage.fixture.browser()
  const { at } = await beginAt(stage, browser)
  stage.provider.codes.set(code, { claims: { nonce: at.searchParams.get('nonce') } })
  const query = new URLSearchParams({ state: at.searchParams.get('state') ?? '', code })
  return (await visit(stage.fixture, browser, `${stage.fixture.url}/upstream/corp/callback?${query.toString()}`)).outside !== undefined
}

it('a provider that signs with a new key at once signs people in, all but the first', async () => {
  expect(await signsIn('one')).toBe(true)
  await stage.provider.rotate()
  stage.fixture.clock.skewMs += 4_000
  await signsIn('two')
  expect(await signsIn('three')).toBe(true)
})
