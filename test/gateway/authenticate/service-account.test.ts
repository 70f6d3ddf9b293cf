import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT, type JSONWebKeySet } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authenticator } from '../../../gateway/authenticate/authenticate.ts'
import { createClusterKeys } from '../../../gateway/authenticate/cluster-keys.ts'
import { createServiceAccounts } from '../../../gateway/authenticate/service-account.ts'

type Key = { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }
const keyNamed = (kid: string): Key => ({ kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) })
const [own, next, stranger] = [keyNamed('own'), keyNamed('next'), keyNamed('own')]
const jwksOf = (...keys: readonly Key[]): JSONWebKeySet => ({
  keys: keys.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' })),
})

let now: number
let published: JSONWebKeySet | undefined
let fetches: number
let reviews: number
/** Reviews wait for this promise. */
let open: Promise<void>
let authenticate: Authenticator

beforeEach(() => {
  ;[now, published, fetches, reviews, open] = [Date.now(), jwksOf(own), 0, 0, Promise.resolve()]
  const clock = { nowMs: () => now }
  const keys = createClusterKeys({
    clock,
    onError: () => {},
    fetchKeys: () => {
      fetches++
      return published === undefined ? Promise.reject(new Error('away')) : Promise.resolve(published)
    },
  })
  const reviewer = async () => {
    reviews++
    await open
    return { username: 'system:serviceaccount:shop:bot', uid: 'u', groups: [], extra: {} }
  }
  authenticate = createServiceAccounts(reviewer, clock, { keys, audiences: ['jit-gateway'] })
})

let made = 0
function tokenBy({ kid, privateKey }: Key, more: { readonly aud?: string; readonly exp?: number; readonly sub?: string } = {}): Promise<string> {
  const seconds = Math.floor(now / 1000)
  const claims = {
    sub: 'system:serviceaccount:shop:bot',
    aud: 'jit-gateway',
    exp: seconds + 7 * 86_400,
    iat: seconds,
    iss: 'https://k',
    jti: String(made++),
  }
  return new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
}
const code = (token: string, address = '192.0.2.1'): Promise<number> =>
  authenticate(token, { address }).then(
    () => 200,
    (error: unknown) => (error instanceof StatusError ? error.code : 0),
  )

it('reviews tokens of the cluster, and fetches the keys once for a flood of them', async () => {
  const codes = await Promise.all(Array.from({ length: 5 }, async () => code(await tokenBy(own))))
  expect(codes).toEqual([200, 200, 200, 200, 200])
  expect([reviews, fetches]).toEqual([5, 1])
})

describe('does not review', () => {
  it.each([
    ['a forged token with a known key ID', () => tokenBy(stranger)],
    ['a token with an unknown key ID', () => tokenBy({ ...stranger, kid: 'x' })],
    ['a token for another audience', () => tokenBy(own, { aud: 'kubernetes' })],
    ['an expired token', () => tokenBy(own, { exp: Math.floor(now / 1000) - 60 })],
    ['a token of a user', () => tokenBy(own, { sub: 'bot' })],
  ])('%s', async (_, make) => {
    expect(await code(await make())).toBe(401)
    expect(reviews).toBe(0)
  })
})

it('forged tokens from many addresses do not block genuine ones and do not flood kube-apiserver', async () => {
  const flood = await Promise.all(
    Array.from({ length: 200 }, async (_, at) => code(await tokenBy({ ...stranger, kid: `k${at % 7}` }), `192.0.2.${at}`)),
  )
  expect(new Set(flood)).toEqual(new Set([401]))
  expect(await code(await tokenBy(own))).toBe(200)
  expect(reviews).toBe(1)
  expect(fetches).toBe(1)
})

it('fetches a new key of the cluster when a token names it', async () => {
  expect(await code(await tokenBy(own))).toBe(200)
  published = jwksOf(own, next)
  now += 31_000
  expect(await code(await tokenBy(next))).toBe(200)
  expect(await code(await tokenBy(own))).toBe(200)
  expect(fetches).toBe(2)
})

it('stops accepting a retired key when the cached keys expire', async () => {
  expect(await code(await tokenBy(own))).toBe(200)
  published = jwksOf(next)
  now += 601_000
  expect(await code(await tokenBy(own))).toBe(401)
})

describe('without the keys of the cluster', () => {
  beforeEach(() => void (published = undefined))
  it('every token is reviewed', async () => {
    expect(await code(await tokenBy(own))).toBe(200)
    expect(reviews).toBe(1)
  })
  it('one address cannot take the review places of others', async () => {
    const { promise, resolve: finish } = Promise.withResolvers<void>()
    open = promise
    const fakes = await Promise.all(Array.from({ length: 100 }, () => tokenBy(stranger)))
    const real = await tokenBy(own)
    const flood = Promise.all(fakes.map((token) => code(token, '192.0.2.1')))
    const other = code(real, '192.0.2.2')
    await expect.poll(() => reviews).toBe(9)
    finish()
    expect(await other).toBe(200)
    expect((await flood).filter((one) => one === 429)).toHaveLength(92)
    // A finished review frees its place.
    expect(await code(await tokenBy(own), '192.0.2.1')).toBe(200)
  })
  it('the keys are not fetched again immediately', async () => {
    for (let round = 0; round < 5; round++) await code(await tokenBy(own))
    expect(fetches).toBe(1)
    published = jwksOf(own)
    now += 31_000
    expect(await code(await tokenBy(stranger))).toBe(401)
  })
})

it('concurrent requests with the same token take one place', async () => {
  const token = await tokenBy(own)
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => code(token))))).toEqual(new Set([200]))
})
