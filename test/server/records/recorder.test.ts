import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { unpack } from '../../../server/records/unpack.ts'
import { readEvents } from '../../../domain/record/read-events.ts'
import { verify, type Report } from '../../../domain/record/verify/verify.ts'
import { openRecorder, type FileRecorder, type RecorderOptions } from '../../../server/records/recorder.ts'
import { startChild, type Child } from '../../child-process.ts'

let dir: string
const troubles: unknown[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-records-'))
  troubles.length = 0
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const open = (options: Partial<RecorderOptions> = {}): Promise<FileRecorder> =>
  openRecorder({ dir, clock: { nowMs: () => Date.now() }, onError: (error) => troubles.push(error), ...options })
const files = async (): Promise<readonly string[]> => (await readdir(dir)).filter((file) => file.endsWith('.jsonl')).sort()
const folder = async () => ({ files: await files(), read: (file: string) => createReadStream(join(dir, file)) })
const verified = async (): Promise<Report> => verify(await folder())
const ids = async (): Promise<readonly string[]> =>
  (await readEvents(await folder(), {}, unpack)).events.map((event) => ('auditID' in event ? event.auditID : event.event))
const event = (auditID: string): RecordEvent => ({ event: 'request.outcome', auditID, session: 's', ended: 'completed', code: 200, durationMs: 1 })

describe('a recorder', () => {
  it('resolves when the event is in the file', async () => {
    const recorder = await open()
    await recorder.record(event('one'))
    expect(await ids()).toEqual(['one'])
    await recorder.close()
    expect((await verified()).faults).toEqual([])
  })

  it('keeps the order of concurrently recorded events, which share syncs', async () => {
    const recorder = await open()
    const names = Array.from({ length: 2000 }, (_, index) => `n${index}`)
    await Promise.all(names.map((name) => recorder.record(event(name))))
    await recorder.close()
    expect(await ids()).toEqual(names)
  })

  it('writes much text of any alphabet at once', async () => {
    const recorder = await open()
    const data = '漢'.repeat(1000)
    const note = (): Promise<void> => recorder.note({ event: 'stream.data', auditID: 'a', session: 's', channel: 'stdout', offsetMs: 1, data })
    await Promise.all(Array.from({ length: 200 }, note))
    await recorder.close()
    expect((await verified()).faults).toEqual([])
  })

  it('writes files that other users cannot read, unless configured otherwise', async () => {
    const umask = process.umask(0o022)
    try {
      await (await open()).close()
      await (await open({ mode: 0o640 })).close()
    } finally {
      process.umask(umask)
    }
    const modes = await Promise.all((await files()).map(async (file) => (await stat(join(dir, file))).mode & 0o777))
    expect(modes).toEqual([0o600, 0o640])
  })

  it('rotates by size, and the files form one chain', async () => {
    const recorder = await open({ maxBytes: 3000 })
    for (let index = 0; index < 60; index += 1) await recorder.record(event(`n${index}`))
    await recorder.close()
    expect((await files()).length).toBeGreaterThan(4)
    const report = await verified()
    expect(report.faults).toEqual([])
    expect(report.files.reduce((sum, { lines }) => sum + lines, 0)).toBe(recorder.head().seq)
    expect(await ids()).toHaveLength(60)
  })

  it('rotates by age', async () => {
    let nowMs = Date.parse('2026-01-01T00:00:00Z')
    const recorder = await open({ clock: { nowMs: () => nowMs }, maxAgeMs: 1000 })
    await recorder.record(event('a'))
    nowMs += 1000
    await recorder.record(event('b'))
    await recorder.close()
    expect(await files()).toHaveLength(2)
    expect((await verified()).faults).toEqual([])
  })

  it('continues its chain after a restart', async () => {
    for (const name of ['a', 'b', 'c']) {
      const recorder = await open()
      await recorder.record(event(name))
      await recorder.close()
    }
    const report = await verified()
    expect(report.faults).toEqual([])
    expect(report.files.map(({ head }) => head?.seq)).toEqual([3, 6, 9])
    expect(await ids()).toEqual(['a', 'b', 'c'])
  })

  it('refuses events after it was closed, and can be closed twice', async () => {
    const recorder = await open()
    await recorder.close()
    await recorder.close()
    await expect(recorder.record(event('late'))).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('refuses an invalid event and continues', async () => {
    const recorder = await open()
    const smuggled = { ...event('x'), body: 'y' }
    await expect(recorder.record(smuggled)).rejects.toMatchObject({ code: 'EVENT_INVALID' })
    await recorder.record(event('y'))
    await recorder.close()
    expect(await ids()).toEqual(['y'])
  })

  it('records how far the files of other writers go, so that lines cut from their ends are detected', async () => {
    const other = await open({ writer: { host: 'pod-a', pid: 7 } })
    await other.record(event('theirs'))
    const mine = await open({ writer: { host: 'pod-b', pid: 7 } })
    await mine.close()
    const [theirs = ''] = (await files()).filter((file) => file.includes('pod-a'))
    const text = await readFile(join(dir, theirs), 'utf8')
    await writeFile(join(dir, theirs), text.slice(0, text.slice(0, -1).lastIndexOf('\n') + 1))
    expect((await verified()).faults).toMatchObject([{ kind: 'truncated', file: theirs }])
    await other.close()
  })
})

async function writer(...args: readonly string[]): Promise<Child> {
  const child = startChild(process.execPath, [join(import.meta.dirname, 'record-writer.ts'), ...args])
  await child.line('word that its records are open', (line) => (line === 'open' ? line : undefined))
  return child
}
/** The records that a writer reported as durable so far. */
const reportedBy = ({ lines }: Child): readonly string[] => lines.slice(1)
/** Waits until a writer has reported so many records; a file takes about 60. */
const reports = (child: Child, records: number): Promise<unknown> =>
  child.line(`${records} records`, () => (reportedBy(child).length >= records ? true : undefined))

describe('a writer that is killed', () => {
  it('loses nothing that it reported as durable, and the next writer continues from there', async () => {
    const reported: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const child = await writer(dir, name)
      await reports(child, 150)
      await child.end()
      reported.push(...reportedBy(child))
    }
    const last = await open()
    await last.close()
    const report = await verified()
    expect(report.faults).toEqual([])
    expect(reported.length).toBeGreaterThan(50)
    const kept = new Set(await ids())
    expect(reported.filter((name) => !kept.has(name))).toEqual([])
    const opened = report.files.filter(({ lines }) => lines > 0).length
    expect(opened).toBeGreaterThan(3)
  })

  it.each([1, 40, 200])('%i bytes into a line leaves a torn line, which the next writer and verify report', async (bytes) => {
    const child = await writer(dir, 'a', '100000000')
    await reports(child, 20)
    await child.end()
    const [file = ''] = await files()
    const left = await readFile(join(dir, file))
    // The kill itself may have interrupted a write.
    const torn = left.length - (left.lastIndexOf('\n') + 1) + bytes
    await appendFile(join(dir, file), `{"seq":99999,"time":"2026-11-25T11:28:48.331Z","prev":"${'0'.repeat(200)}`.slice(0, bytes))
    expect((await verified()).faults).toMatchObject([{ kind: 'torn', file }])
    await (await open()).close()
    expect(String(troubles[0])).toContain(`${torn} bytes of a line`)
    const report = await verified()
    expect(report.faults).toEqual([])
    expect(report.notes).toMatchObject([expect.stringContaining(`${file} ends in ${torn} bytes`)])
  })

  it('between closing a file and opening the next leaves no gap', async () => {
    const recorder = await open({ maxBytes: 1000 })
    for (let index = 0; index < 8; index += 1) await recorder.record(event(`n${index}`))
    await recorder.close()
    const all = await files()
    await rm(join(dir, all.at(-1) ?? ''))
    expect((await verified()).faults.map(({ kind }) => kind)).toEqual(['absent'])
    await (await open()).close()
    const report = await verified()
    expect(report.faults).toEqual([])
    expect(report.notes).toEqual([expect.stringContaining('was never opened, as')])
  })

  it('leaves a draft without a name, which is removed once it is old', async () => {
    await writeFile(join(dir, 'x.jsonl.new'), '')
    await (await open({ clock: { nowMs: () => Date.now() + 120_000 } })).close()
    expect((await readdir(dir)).filter((file) => file.endsWith('.new'))).toEqual([])
  })
})

describe('two writers in one folder', () => {
  it('never share a file, and both chains verify', async () => {
    const two = await Promise.all([writer(dir, 'a'), writer(dir, 'b')])
    for (const child of two) await reports(child, 150)
    for (const child of two) await child.end()
    // A writer that was killed between two files left a name without a file; the next writer records it.
    await (await open()).close()
    const report = await verified()
    expect(report.faults).toEqual([])
    const kept = new Set(await ids())
    expect(two.flatMap(reportedBy).filter((name) => !kept.has(name))).toEqual([])
  })

  it('start although the other removes a file between its listing and its reading', async () => {
    // A dangling link is in the listing and cannot be opened.
    await symlink('removed', join(dir, '20260101T000000000Z-a-1-1.jsonl'))
    await symlink('removed', join(dir, '20260101T000000000Z-a-1-2.jsonl.new'))
    const recorder = await open({ maxBytes: 1000 })
    for (let index = 0; index < 8; index += 1) await recorder.record(event(`n${index}`))
    await recorder.close()
    expect((await files()).length).toBeGreaterThan(2)
    expect(troubles).toEqual([])
  })

  it('can remove the same old drafts', async () => {
    const drafts = Array.from({ length: 50 }, (_, index) => join(dir, `${index}.jsonl.new`))
    for (const draft of drafts) await writeFile(draft, '')
    const clock = { nowMs: () => Date.now() + 120_000 }
    const recorders = await Promise.all(Array.from({ length: 8 }, () => open({ clock })))
    for (const recorder of recorders) await recorder.close()
    expect((await readdir(dir)).filter((file) => file.endsWith('.new'))).toEqual([])
  })

  it('leave the draft of the other that it writes now', async () => {
    await writeFile(join(dir, 'now.jsonl.new'), '')
    await (await open()).close()
    expect((await readdir(dir)).filter((file) => file.endsWith('.new'))).toEqual(['now.jsonl.new'])
  })

  it('can remove the same outdated files', async () => {
    const old = await open({ maxBytes: 300 })
    for (let index = 0; index < 60; index += 1) await old.record(event(`n${index}`))
    await old.close()
    const retention = { maxBytes: 1 }
    const recorders = await Promise.all(Array.from({ length: 8 }, () => open({ retention })))
    for (const recorder of recorders) await recorder.close()
    expect(troubles).toEqual([])
    expect((await files()).length).toBeLessThan(60)
  })

  it('that start at the same time after the same predecessor fork its chain, and the records verify', async () => {
    await (await open()).close()
    const both = await Promise.all([open(), open()])
    for (const recorder of both) await recorder.close()
    expect((await verified()).faults).toEqual([])
  })
})

const root = process.getuid?.() === 0
describe.runIf(root)('a recorder on a full disk', () => {
  it('refuses events, keeps existing ones, and continues when space is available', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', dir])
    try {
      const recorder = await open({ maxBytes: 40_000 })
      await writeFile(join(dir, 'ballast'), Buffer.alloc(40_000))
      const kept: string[] = []
      let refused = 0
      for (let index = 0; index < 600; index += 1) {
        await recorder.record(event(`n${index}`)).then(
          () => kept.push(`n${index}`),
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'NOT_DURABLE' })
            refused += 1
          },
        )
      }
      expect(refused).toBeGreaterThan(0)
      expect(await ids()).toEqual(kept)
      expect((await verified()).faults.filter(({ kind }) => kind !== 'absent')).toEqual([])
      await rm(join(dir, 'ballast'))
      await recorder.record(event('after'))
      await recorder.close()
      expect(await ids()).toEqual([...kept, 'after'])
      expect((await verified()).faults).toEqual([])
    } finally {
      execFileSync('umount', [dir])
    }
  })
})
