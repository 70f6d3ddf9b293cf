import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSealKeys, type CookieKeys } from '../../../console/session/cookie-keys.ts'
import { seal, unseal } from '../../../console/session/seal-cookie.ts'
import { continued, isDue, isOwnForm, newSession, openSession, renewed, sealSession, type SessionLimits } from '../../../console/session/session.ts'
import { ConfigError } from '../../../server/config.ts'

let dir: string
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-console-keys-'))))
afterAll(() => rm(dir, { recursive: true }))

const line = (): string => randomBytes(32).toString('base64')
async function keysOf(...lines: readonly string[]): Promise<CookieKeys> {
  const file = join(dir, 'keys')
  await writeFile(file, lines.join('\n'))
  return await readSealKeys(file)
}

const NOW = Date.parse('2026-11-29T12:00:00Z')
const LIMITS = { idleMs: 60_000, lifetimeMs: 180_000 }
const USER = { username: 'oidc:alice', groups: ['oidc:a', 'oidc:\u00e4\u{1f600}'] }
const open = (keys: CookieKeys, token: string, nowMs: number, limits: SessionLimits = LIMITS) => openSession(keys, token, { limits, nowMs })

describe('a session', () => {
  it('opens with its user, and does not tell who it is', async () => {
    const keys = await keysOf(line())
    const token = await sealSession(keys, newSession(USER, NOW), LIMITS)
    expect(await open(keys, token, NOW)).toMatchObject(USER)
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('alice')
  })
  it('ends at its idle time, and at its lifetime even when it is used', async () => {
    const keys = await keysOf(line())
    let session = newSession(USER, NOW)
    const token = await sealSession(keys, session, LIMITS)
    expect(await open(keys, token, NOW + 59_000)).toBeDefined()
    expect(await open(keys, token, NOW + 60_000)).toBeUndefined()
    for (const after of [50_000, 100_000, 150_000]) session = renewed(session, NOW + after) ?? session
    const used = await sealSession(keys, session, LIMITS)
    expect(await open(keys, used, NOW + 179_000)).toBeDefined()
    expect(await open(keys, used, NOW + 180_000)).toBeUndefined()
  })
  it('ends the idle time after the provider should have been asked again, however often it is used, and a cookie of before says when that was', async () => {
    const keys = await keysOf(line())
    const limits = { ...LIMITS, recheckMs: 50_000 }
    let session = newSession(USER, NOW)
    expect([isDue(session, limits, NOW + 49_999), isDue(session, limits, NOW + 50_000), isDue(session, LIMITS, NOW + 170_000)]).toEqual([
      false,
      true,
      false,
    ])
    for (const after of [40_000, 80_000, 109_000]) session = renewed(session, NOW + after) ?? session
    const { checkedAtMs: _, ...before } = session
    for (const used of [session, before as typeof session]) {
      const token = await seal(keys, 'sessions', { claims: { ...used }, expiresAtMs: NOW + 180_000 })
      expect(await open(keys, token, NOW + 109_000, limits)).toBeDefined()
      expect(await open(keys, token, NOW + 110_000, limits)).toBeUndefined()
      expect(await open(keys, token, NOW + 110_000)).toBeDefined()
    }
  })
  it('goes on when the provider names the same person, with their groups of now, and lasts no longer than before', () => {
    const session = newSession(USER, NOW)
    const now = { ...USER, groups: ['oidc:b'] }
    expect(continued(session, now, NOW + 9)).toEqual({ ...session, groups: ['oidc:b'], seenAtMs: NOW + 9, checkedAtMs: NOW + 9 })
    const other = continued(session, { username: 'oidc:bob', groups: [] }, NOW + 9)
    expect(other).toMatchObject({ username: 'oidc:bob', startedAtMs: NOW + 9 })
    expect([other.id === session.id, other.csrf === session.csrf]).toEqual([false, false])
  })
  it('ends earlier when the limits become shorter', async () => {
    const keys = await keysOf(line())
    const token = await sealSession(keys, newSession(USER, NOW), LIMITS)
    expect(await open(keys, token, NOW + 30_000, { ...LIMITS, idleMs: 20_000 })).toBeUndefined()
  })
  it('is sealed again only after a while', () => {
    const session = newSession(USER, NOW)
    expect(renewed(session, NOW + 29_000)).toBeUndefined()
    expect(renewed(session, NOW + 31_000)).toEqual({ ...session, seenAtMs: NOW + 31_000 })
  })
  it('has forms of its own', () => {
    const [one, other] = [newSession(USER, NOW), newSession(USER, NOW)]
    expect(isOwnForm(one, one.csrf)).toBe(true)
    for (const token of [other.csrf, '', undefined, [one.csrf], `${one.csrf}x`]) expect(isOwnForm(one, token)).toBe(false)
  })
})

describe('keys', () => {
  it('rotate: the first seals, all open, and a removed one ends its sessions', async () => {
    const [old, next] = [line(), line()]
    const token = await sealSession(await keysOf(old), newSession(USER, NOW), LIMITS)
    const both = await keysOf(next, old)
    expect(await open(both, token, NOW)).toBeDefined()
    const renewedToken = await sealSession(both, newSession(USER, NOW), LIMITS)
    expect(await open(await keysOf(next), renewedToken, NOW)).toBeDefined()
    expect(await open(await keysOf(next), token, NOW)).toBeUndefined()
  })
  it('of one purpose open nothing of another', async () => {
    const keys = await keysOf(line())
    const claims = { ...newSession(USER, NOW) }
    const token = await seal(keys, 'signIns', { claims, expiresAtMs: NOW + 60_000 })
    expect(await unseal(keys, 'signIns', { token, nowMs: NOW })).toBeDefined()
    expect(await unseal(keys, 'sessions', { token, nowMs: NOW })).toBeUndefined()
  })
  it.each([
    ['nothing', ''],
    ['a short key', Buffer.alloc(16).toString('base64')],
    ['a long key', Buffer.alloc(64).toString('base64')],
    ['text', 'correct horse battery staple'],
    ['too many', Array.from({ length: 9 }, line).join('\n')],
  ])('%s is refused without being repeated', async (_title, text) => {
    const failure: unknown = await keysOf(text).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConfigError)
    if (text !== '') expect(String(failure)).not.toContain(text)
  })
})

it.each(['', 'x', '..', 'a.b.c.d.e', 'eyJhbGciOiJub25lIn0.eyJpZCI6IngifQ.'])('%j opens nothing', async (token) => {
  expect(await open(await keysOf(line()), token, NOW)).toBeUndefined()
})
