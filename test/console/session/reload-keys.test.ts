import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { reloadingKeys } from '../../../console/session/reload-keys.ts'
import { createLog } from '../../../server/log.ts'

const ROUND_MS = 10_000
const key = (): string => randomBytes(32).toString('base64')

let folder: string
let file: string
let lines: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jit-keys-'))
  file = join(folder, 'session-keys')
  lines = []
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true, force: true })
})

const log = createLog({ part: 'console', clock: { nowMs: () => 0 }, write: (line) => void lines.push(line) })
const idsOf = (keys: readonly { readonly id: string }[]): string => keys.map(({ id }) => id).join()

/** Reading a file takes real time. */
const PATIENT = { timeout: 60_000 }

describe('session keys that are reloaded', () => {
  it('are the new ones after the file changes, and the old one still opens sessions while it is listed', async () => {
    const old = key()
    await writeFile(file, `${old}\n`)
    const keys = await reloadingKeys(file, log)
    const before = idsOf(keys.current())
    await writeFile(file, `${key()}\n${old}\n`)
    vi.advanceTimersByTime(ROUND_MS)
    await vi.waitFor(() => expect(keys.current()).toHaveLength(2), PATIENT)
    expect(keys.current()[1]?.id).toBe(before)
    keys.stop()
  })
  it('stay in use while the file cannot be read, which is logged without any key', async () => {
    const old = key()
    await writeFile(file, `${old}\n`)
    const keys = await reloadingKeys(file, log)
    const before = idsOf(keys.current())
    const broken = `${key().slice(0, -4)}!!`
    await writeFile(file, `${broken}\n`)
    vi.advanceTimersByTime(ROUND_MS)
    await vi.waitFor(() => expect(lines.join('')).toContain('session-keys.unreadable'), PATIENT)
    expect(idsOf(keys.current())).toBe(before)
    for (const secret of [old, broken]) expect(lines.join('')).not.toContain(secret)
    keys.stop()
  })
  it('cannot start without a key', async () => {
    await writeFile(file, '\n')
    await expect(reloadingKeys(file, log)).rejects.toThrow('it holds no key')
  })
})
