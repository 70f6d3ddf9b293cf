import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSealKeys } from '../../../console/session/cookie-keys.ts'
import { createSignIn } from '../../../console/sign-in/sign-in.ts'
import { createProvider, type Provider } from '../../../server/oidc/provider-client.ts'
import { CLIENT_ID, startScriptedProvider, type ScriptedProvider } from '../../login/oidc/scripted-provider.ts'

let dir: string
let provider: ScriptedProvider
let discovered: Provider
let signIn: ReturnType<typeof createSignIn>
let skewMs: number
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-console-rotation-'))
  provider = await startScriptedProvider()
  skewMs = 0
  const clock = { nowMs: () => Date.now() + skewMs }
  await writeFile(join(dir, 'ca.crt'), provider.ca)
  await writeFile(join(dir, 'keys'), randomBytes(32).toString('base64'))
  const config = { issuer: provider.issuer, clientID: CLIENT_ID, caFile: join(dir, 'ca.crt'), usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
  const keys = await readSealKeys(join(dir, 'keys'))
  discovered = await createProvider(config, clock)
  signIn = createSignIn({ config, url: 'https://console.example.com', provider: discovered, keys: () => keys, clock })
})
afterEach(async () => {
  await Promise.all([discovered.close(), provider.stop()])
  await rm(dir, { recursive: true })
})

/** Whether somebody is signed in with a token that the provider signs now. `known`: whether the provider knows the code. */
async function signsIn(code: string, known = true): Promise<boolean> {
  const { location, sealed } = await signIn.begin('/')
  const { searchParams } = new URL(location)
  if (known) provider.codes.set(code, { claims: { nonce: searchParams.get('nonce') } })
  const query = new URLSearchParams({ state: searchParams.get('state') ?? '', code })
  return await signIn.complete({ sealed, search: `?${query.toString()}` }).then(
    () => true,
    () => false,
  )
}

it('a provider that signs with a new key signs people in again after seconds, and is not discovered at each sign-in', async () => {
  expect(await signsIn('one')).toBe(true)
  await provider.rotate()
  expect([await signsIn('two'), await signsIn('three')]).toEqual([false, false])
  skewMs = 4_000
  expect([await signsIn('four'), await signsIn('five')]).toEqual([false, true])
})
it('a code that nobody gave does not discover the provider again', async () => {
  const before = await discovered.current()
  skewMs = 4_000
  expect(await signsIn('unknown', false)).toBe(false)
  expect(await discovered.current()).toBe(before)
})
