import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTokenCache } from '../../../../cli/certify/login/token-cache.ts'
import { until } from '../../../until.ts'

const SETTINGS = { issuer: 'https://login.test', client: 'kubectl', scopes: ['openid'], port: 0 }

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'jit-cache-'))))
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

it('uses no tokens that another user wrote, who would sign this one in as themselves', async () => {
  const cache = createTokenCache(folder, SETTINGS, { platform: 'linux' })
  await cache.write({ idToken: 'a', expiresAtMs: 1 })
  expect(await cache.read()).toEqual({ idToken: 'a', expiresAtMs: 1 })
  vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1)
  expect(await cache.read()).toBeUndefined()
})

/** Runs several at once, each with a cache of its own as processes have, and returns how many worked at the same time at most. */
async function together(count: number): Promise<number> {
  let [working, most] = [0, 0]
  const work = async (): Promise<void> => {
    most = Math.max(most, ++working)
    await readdir(folder)
    working -= 1
  }
  await Promise.all(Array.from({ length: count }, () => createTokenCache(folder, SETTINGS).locked(work)))
  return most
}

it('lets one at a time use a refresh token, also where several find the lock of a process that is gone', async () => {
  const gone = spawn(process.execPath, ['--version'])
  await once(gone, 'exit')
  const cache = createTokenCache(folder, SETTINGS)
  await cache.locked(async () => {
    const [own = ''] = await readdir(folder)
    await writeFile(join(folder, own.replace(`.${process.pid}.`, `.${gone.pid}.`)), '')
  })
  expect(await readdir(folder)).toHaveLength(1)
  expect(await together(6)).toBe(1)
  expect(await readdir(folder)).toEqual([])
})
it('removes the tokens that a process left which was killed while it wrote them', async () => {
  const [mine, others] = [createTokenCache(folder, SETTINGS), createTokenCache(folder, { ...SETTINGS, client: 'other' })]
  await others.write({ idToken: 'other', expiresAtMs: 1 })
  await mine.write({ idToken: 'mine', expiresAtMs: 1 })
  const files = await readdir(folder)
  // What a kill between the two steps of a write leaves.
  for (const file of files) await writeFile(join(folder, file.replace('.json', '.0a1b2c3d4e5f.new')), '{"idToken":"left"}')
  await mine.locked(async () => {
    expect(await mine.read()).toEqual({ idToken: 'mine', expiresAtMs: 1 })
    await mine.remove()
  })
  const left = (await readdir(folder)).toSorted()
  expect(left).toHaveLength(2)
  expect(left.map((file) => file.split('.')[0])).toEqual([left[0]?.split('.')[0], left[0]?.split('.')[0]])
  expect(await others.read()).toEqual({ idToken: 'other', expiresAtMs: 1 })
})
it('waits no longer than a sign-in takes for a process that is there and does nothing', async () => {
  const { promise, resolve: finish } = Promise.withResolvers<undefined>()
  const held = createTokenCache(folder, SETTINGS).locked(() => promise)
  const [lock = ''] = await until('it is locked', async () => ((await readdir(folder)).length > 0 ? await readdir(folder) : undefined))
  const sevenMinutesAgo = Date.now() / 1000 - 420
  await utimes(join(folder, lock), sevenMinutesAgo, sevenMinutesAgo)
  expect(await together(1)).toBe(1)
  finish(undefined)
  await held
})
it('says once that it waits, if that takes longer than a renewal', async () => {
  const { promise, resolve: finish } = Promise.withResolvers<undefined>()
  const held = createTokenCache(folder, SETTINGS).locked(() => promise)
  await until('it is locked', async () => (await readdir(folder)).length > 0)
  let nowMs = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const asked = vi.spyOn(process, 'kill').mockReturnValue(true)
  let told = 0
  const other = createTokenCache(folder, SETTINGS, { onWait: () => void (told += 1) }).locked(() => Promise.resolve())
  const asksAgain = (): Promise<unknown> => {
    const before = asked.mock.calls.length
    return until('it asks twice more', () => asked.mock.calls.length > before + 1)
  }
  await asksAgain()
  const early = told
  for (let times = 0; times < 2; times += 1) {
    nowMs += 3_000
    await asksAgain()
  }
  expect([early, told]).toEqual([0, 1])
  finish(undefined)
  await Promise.all([held, other])
})
it('waits for a process of another user, which it cannot ask', async () => {
  const { promise, resolve: finish } = Promise.withResolvers<undefined>()
  const held = createTokenCache(folder, SETTINGS).locked(() => promise)
  await until('it is locked', async () => ((await readdir(folder)).length > 0 ? true : undefined))
  const asked = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('not permitted'), { code: 'EPERM' })
  })
  let isIn = false
  const other = createTokenCache(folder, SETTINGS).locked(() => Promise.resolve(void (isIn = true)))
  await until('it asks twice', () => (asked.mock.calls.length > 1 || isIn ? true : undefined))
  expect([isIn, await readdir(folder)]).toEqual([false, [expect.stringMatching(/lock$/)]])
  finish(undefined)
  await Promise.all([held, other])
})
