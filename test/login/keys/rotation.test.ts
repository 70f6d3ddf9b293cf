import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newPem } from '../new-pem.ts'
import { consoleCode, redeem } from '../flows.ts'
import { startFixture, type Fixture } from '../login-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
})
afterAll(() => fixture.close())

const jwks = async (): Promise<JSONWebKeySet> => JSON.parse((await fixture.browser().once(`${fixture.url}/jwks`)).text) as JSONWebKeySet
const signIn = async (): Promise<string> => {
  const browser = fixture.browser()
  return (await redeem(fixture, browser, await consoleCode(fixture, browser))).body.id_token ?? ''
}
const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? ''
const file = (name: string): string => join(fixture.keysDir, `${name}.pem`)

it('a key is published before it signs and while its tokens live, so that no verifier with cached keys refuses a token', async () => {
  const seen: JSONWebKeySet[] = []
  /** A verifier that last fetched the keys one step ago. */
  const verifies = (token: string, keys: JSONWebKeySet | undefined) =>
    jwtVerify(token, createLocalJWKSet(keys ?? { keys: [] }), { issuer: fixture.url, audience: 'console' })

  seen.push(await jwks())
  const first = await signIn()

  // Step 1: the next key is published. It signs nothing, at no replica.
  await writeFile(file('next'), newPem())
  await fixture.replicas[0]?.reload()
  const between = [await signIn(), await signIn()]
  expect(between.map(kidOf)).toEqual([kidOf(first), kidOf(first)])
  await fixture.replicas[1]?.reload()
  seen.push(await jwks())
  expect(seen[1]?.keys.length).toBe(2)
  expect(kidOf(await signIn())).toBe(kidOf(first))

  // Step 2: it signs, at one replica a while before the other.
  await rename(file('current'), file('previous'))
  await rename(file('next'), file('current'))
  await fixture.replicas[0]?.reload()
  fixture.next = 0
  const second = await signIn()
  fixture.next = 1
  const late = await signIn()
  fixture.next = undefined
  expect([kidOf(second) === kidOf(first), kidOf(late)]).toEqual([false, kidOf(first)])
  for (const token of [first, second, late]) await verifies(token, seen[1])
  await fixture.replicas[1]?.reload()
  seen.push(await jwks())
  for (const token of [first, second, late, await signIn()]) await verifies(token, seen[2])

  // Step 3: the tokens of the old key have expired, and it goes.
  await rm(file('previous'))
  for (const replica of fixture.replicas) await replica.reload()
  const last = await signIn()
  await verifies(last, seen[2])
  expect((await jwks()).keys.map(({ kid }) => kid)).toEqual([kidOf(second)])
})

it('keys that cannot be read leave those in use, and are logged without their content', async () => {
  const before = kidOf(await signIn())
  await writeFile(file('next'), newPem('small-rsa'))
  await fixture.replicas[0]?.reload()
  expect(fixture.logged.at(-1)).toContain('RSA of at least 2048 bits')
  await writeFile(file('next'), 'canary-in-a-key-file')
  await fixture.replicas[0]?.reload()
  expect(fixture.logged.at(-1)).toContain('signing-keys.unreadable')
  expect(fixture.logged.join('')).not.toContain('canary')
  await rm(file('next'))
  expect(kidOf(await signIn())).toBe(before)
})

it('another type of key is used from the moment it is current', async () => {
  await rename(file('current'), file('previous'))
  await writeFile(file('current'), newPem('rsa'))
  for (const replica of fixture.replicas) await replica.reload()
  expect(decodeProtectedHeader(await signIn()).alg).toBe('RS256')
  expect((await jwks()).keys.map(({ alg }) => alg)).toEqual(['RS256', 'ES256'])
})

it('new seal keys end no session while the old ones stay in the file, and end all of them afterwards', async () => {
  const browser = fixture.browser()
  await consoleCode(fixture, browser)
  const seal = join(fixture.dir, 'seal-keys')
  const { readFile } = await import('node:fs/promises')
  const old = await readFile(seal, 'utf8')
  const fresh = `${Buffer.alloc(32, 9).toString('base64')}\n`
  await writeFile(seal, fresh + old)
  for (const replica of fixture.replicas) await replica.reload()
  expect((await consoleCode(fixture, browser, { prompt: 'none' })).code).not.toBe('')
  await writeFile(seal, `${Buffer.alloc(32, 10).toString('base64')}\n`)
  for (const replica of fixture.replicas) await replica.reload()
  expect((await consoleCode(fixture, browser, { prompt: 'none' })).outside.searchParams.get('error')).toBe('login_required')
})
