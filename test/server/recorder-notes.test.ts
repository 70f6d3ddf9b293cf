import fs, { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RecordEvent } from '../../domain/record/events.ts'
import { unpack } from '../../server/records/unpack.ts'
import { readEvents } from '../../domain/record/read-events.ts'
import { verify, type Report } from '../../domain/record/verify/verify.ts'
import { openRecorder, type FileRecorder } from '../../server/records/recorder.ts'

let dir: string
const troubles: unknown[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-notes-'))
  troubles.length = 0
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const open = (): Promise<FileRecorder> => openRecorder({ dir, clock: { nowMs: () => Date.now() }, onError: (error) => troubles.push(error) })
const files = async (): Promise<readonly string[]> => (await readdir(dir)).filter((file) => file.endsWith('.jsonl')).sort()
const folder = async () => ({ files: await files(), read: (file: string) => createReadStream(join(dir, file)) })
const verified = async (): Promise<Report> => verify(await folder())
const ids = async (): Promise<readonly string[]> =>
  (await readEvents(await folder(), {}, unpack)).events.map((event) => ('auditID' in event ? event.auditID : event.event))
const event = (auditID: string): RecordEvent => ({ event: 'request.outcome', auditID, session: 's', ended: 'completed', code: 200, durationMs: 1 })

/** Replaces the sync of the disk while `work` runs. */
async function withSync(sync: (fd: number, done: fs.NoParamCallback) => void, work: () => Promise<void>): Promise<void> {
  const disk = vi.spyOn(fs, 'fdatasync').mockImplementation(sync)
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    disk.mockRestore()
    syncBuiltinESMExports()
  }
}

describe('a note', () => {
  it('is in the file, in order with records, when it resolves, and durable soon after', async () => {
    const recorder = await open()
    await recorder.note(event('one'))
    expect(await ids()).toEqual(['one'])
    await Promise.all([recorder.note(event('two')), recorder.record(event('three')), recorder.note(event('four'))])
    expect(await ids()).toEqual(['one', 'two', 'three', 'four'])
    await expect.poll(() => recorder.head().seq).toBe(5)
    await recorder.close()
    expect((await verified()).faults).toEqual([])
  })

  it('does not wait for a slow disk', async () => {
    const recorder = await open()
    const waiting: fs.NoParamCallback[] = []
    let slow = true
    await withSync(
      (_, done) => void (slow ? waiting.push(done) : setImmediate(done, null)),
      async () => {
        const durable = recorder.record(event('slow'))
        await expect.poll(() => waiting).toHaveLength(1)
        await recorder.note(event('quick'))
        // The disk answers only now.
        slow = false
        for (const done of waiting) done(null)
        await durable
      },
    )
    await recorder.close()
    expect(await ids()).toEqual(['slow', 'quick'])
  })

  it('that cannot be made durable ends the file, and events are refused until a new file is durable', async () => {
    const recorder = await open()
    await withSync(
      (_, done) => void setImmediate(done, new Error('EIO')),
      async () => {
        await recorder.note(event('lost perhaps'))
        await expect.poll(() => troubles).toHaveLength(1)
        await expect(recorder.record(event('refused'))).rejects.toMatchObject({ code: 'NOT_DURABLE' })
      },
    )
    await recorder.record(event('after'))
    await recorder.close()
    expect((await verified()).faults).toEqual([])
    expect(await ids()).toContain('after')
    expect(await files()).toHaveLength(3)
  })
})
