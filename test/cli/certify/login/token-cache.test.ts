import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTokenCache } from '../../../../cli/certify/login/token-cache.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'jit-cache-'))))
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

it('uses no tokens that another user wrote, who would sign this one in as themselves', async () => {
  const cache = createTokenCache(folder, { issuer: 'https://login.test', client: 'kubectl', scopes: ['openid'], port: 0 }, 'linux')
  await cache.write({ idToken: 'a', expiresAtMs: 1 })
  expect(await cache.read()).toEqual({ idToken: 'a', expiresAtMs: 1 })
  vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1)
  expect(await cache.read()).toBeUndefined()
})
