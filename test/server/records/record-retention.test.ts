import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { verify } from '../../../domain/record/verify/verify.ts'
import { RecordFiles } from '../../../server/records/record-files.ts'
import { openRecorder, type FileRecorder, type RecorderOptions } from '../../../server/records/recorder.ts'

let dir: string
const troubles: unknown[] = []
let removed = 0
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-retention-'))
  troubles.length = 0
  removed = 0
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const DAY_MS = 24 * 3600_000
const open = (options: Partial<RecorderOptions> = {}): Promise<FileRecorder> =>
  openRecorder({
    dir,
    clock: { nowMs: () => Date.now() },
    onError: (error) => troubles.push(error),
    onRemoved: (files) => (removed += files),
    maxBytes: 2_000,
    retention: { maxBytes: 20_000 },
    ...options,
  })
const files = async (): Promise<readonly string[]> => (await readdir(dir)).filter((file) => file.endsWith('.jsonl')).toSorted()
const size = async (): Promise<number> =>
  (await Promise.all((await files()).map(async (file) => (await stat(join(dir, file))).size))).reduce((a, b) => a + b, 0)
const verified = async (lastHash?: string) => verify({ files: await files(), read: (file) => createReadStream(join(dir, file)) }, { lastHash })
const event = (auditID: string): RecordEvent => ({ event: 'request.outcome', auditID, session: 's', ended: 'completed', code: 200, durationMs: 1 })

async function write(lines: number, options: Partial<RecorderOptions> = {}): Promise<{ readonly hashes: readonly string[] }> {
  const recorder = await open(options)
  const hashes: string[] = []
  for (let line = 0; line < lines; line++) {
    await recorder.record(event(`a${line}`))
    hashes.push(recorder.head().hash)
  }
  await recorder.close()
  return { hashes }
}

describe('retention', () => {
  it('keeps the files within their total size across restarts, and the remaining files verify', async () => {
    for (let start = 0; start < 4; start++) {
      await write(60)
      expect(await size()).toBeLessThan(40_000)
      const { faults, notes } = await verified()
      expect(faults).toEqual([])
      if (removed > 0) expect(notes.join('\n')).toContain('was removed by retention')
    }
    expect(removed).toBeGreaterThan(10)
    expect(troubles).toEqual([])
  })
  it('removes the oldest first, and verify still misses a file that was removed otherwise', async () => {
    await write(60, { retention: {} })
    const all = await files()
    await write(30)
    const left = (await files()).filter((file) => all.includes(file))
    expect(left).toEqual(all.slice(all.length - left.length))
    const [, victim = ''] = await files()
    await unlink(join(dir, victim))
    expect((await verified()).faults.map(({ kind, message }) => `${kind} ${message}`).join('\n')).toContain(`absent ${victim} is missing`)
  })
  it('removes files after the maximum time since the last write', async () => {
    await write(3, { retention: {} })
    const [first = ''] = await files()
    await utimes(join(dir, first), new Date(), new Date(Date.now() - 91 * DAY_MS))
    await write(3, { retention: { maxBytes: 1e9 } })
    expect(await files()).not.toContain(first)
    expect((await verified()).faults).toEqual([])
  })
  it('keeps a file that a writer on another host may have open, until it is idle for days', async () => {
    const other = await open({ retention: {}, writer: { host: 'elsewhere', pid: 1 } })
    await other.record(event('theirs'))
    const [theirs = ''] = await files()
    await write(60, { retention: { maxBytes: 1 } })
    expect(await files()).toContain(theirs)
    await other.record(event('still theirs'))
    expect(await readFile(join(dir, theirs), 'utf8')).toContain('still theirs')
    expect((await verified()).faults).toEqual([])
    await utimes(join(dir, theirs), new Date(), new Date(Date.now() - 4 * DAY_MS))
    await write(3, { retention: { maxBytes: 1 } })
    expect(await files()).not.toContain(theirs)
    await other.close()
  })
  it('keeps a file without a readable line, since it is unknown how far it went', async () => {
    await writeFile(join(dir, '20000101T000000000Z-host-1-1.jsonl'), 'nothing\n')
    await write(30, { retention: { maxBytes: 1 } })
    expect(await files()).toContain('20000101T000000000Z-host-1-1.jsonl')
  })
  it('lets verify recognize the last hash of a removed file, and no other hash', async () => {
    await write(3, { retention: {} })
    const { faults } = await verified()
    expect(faults).toEqual([])
    const [first = ''] = await files()
    const last = /"hash":"([0-9a-f]{64})"\}\n$/.exec(await readFile(join(dir, first), 'utf8'))?.[1]
    await write(3, { retention: { maxBytes: 1 } })
    expect((await verified(last)).faults).toEqual([])
    expect((await verified('0'.repeat(64))).faults.map(({ kind }) => kind)).toEqual(['anchor'])
  })
  it('removes the oldest file on a full volume, and the next file names it', async () => {
    await write(30, { retention: {} })
    const before = await files()
    const records = new RecordFiles({ dir, clock: { nowMs: () => Date.now() }, onError: (error) => troubles.push(error), retention: {} })
    await records.start()
    expect(await records.makeRoom()).toBe(true)
    expect(await files()).not.toContain(before[0])
    const file = await records.current()
    expect(await readFile(join(dir, file.name), 'utf8')).toContain('"removed":')
    await records.end()
    await write(1)
    expect((await verified()).faults).toEqual([])
  })
  it('removes no more files at once than the next opening line can name', async () => {
    await write(160, { retention: {}, maxBytes: 500 })
    const records = new RecordFiles({
      dir,
      clock: { nowMs: () => Date.now() },
      onError: (error) => troubles.push(error),
      retention: { maxBytes: 1 },
      maxBytes: 500,
    })
    await records.start()
    for (let file = 0; file < 10; file++) expect(await records.makeRoom()).toBe(true)
    await records.current()
    await records.end()
    expect((await verified()).faults).toEqual([])
    for (let start = 0; start < 3; start++) await write(1, { retention: { maxBytes: 1 }, maxBytes: 500 })
    expect((await files()).length).toBeLessThan(10)
    expect((await verified()).faults).toEqual([])
  })
})
