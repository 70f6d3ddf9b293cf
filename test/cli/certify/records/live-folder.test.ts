import { mkdtemp, readdir, rm, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEvents } from '../../../../domain/record/read-events.ts'
import { verify } from '../../../../domain/record/verify/verify.ts'
import { openRecords, type OpenedRecords } from '../../../../cli/certify/records/records-folder.ts'
import { verifyLive } from '../../../../cli/certify/records/verify-live.ts'
import { openRecorder, type FileRecorder } from '../../../../server/records/recorder.ts'
import { unpack } from '../../../../server/records/unpack.ts'

const MAX_BYTES = 1200

let dir: string
let recorder: FileRecorder
const names = async (): Promise<readonly string[]> => (await readdir(dir)).toSorted()

/** Records until the folder has this many new files. */
async function rotate(files = 1): Promise<void> {
  const end = (await names()).length + files
  for (let count = 0; (await names()).length < end; count += 1)
    await recorder.record({ event: 'request.refused', auditID: `a${count}`, session: 'one', code: 403, reason: 'Forbidden' })
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-live-records-'))
  recorder = await openRecorder({ dir, clock: { nowMs: () => Date.now() }, maxBytes: MAX_BYTES, onError: () => undefined })
  await rotate(2)
})
afterEach(async () => {
  await recorder.close()
  await rm(dir, { recursive: true, force: true })
})

describe('a folder that a server writes', () => {
  it('is verified as it was when it was opened, although a file is closed and names a later one meanwhile', async () => {
    const opened = await openRecords(dir)
    await rotate()
    const report = await verify(opened)
    expect(report.faults).toEqual([])
    expect(report.files.map(({ file }) => file)).toEqual((await names()).slice(0, -1))
  })

  it('is opened again when a file is removed between its listing and its reading', async () => {
    // As retention does: the file is named by the opening line of the next one.
    await recorder.close()
    recorder = await openRecorder({ dir, clock: { nowMs: () => Date.now() }, retention: {}, onError: () => undefined })
    const opened: OpenedRecords[] = []
    const report = await verifyLive(async () => {
      const folder = await openRecords(dir)
      if (opened.push(folder) > 1) return folder
      await recorder.close()
      recorder = await openRecorder({ dir, clock: { nowMs: () => Date.now() }, retention: { maxBytes: 1 }, onError: () => undefined })
      return folder
    }, {})
    expect(opened).toHaveLength(2)
    expect(opened[0]?.gone.size).toBeGreaterThan(0)
    expect(report.faults).toEqual([])
    expect(report.notes.join('\n')).toMatch('was removed by retention')
  })

  it('is not verified without an end when files go faster than they are read', async () => {
    let opened = 0
    const open = async (): Promise<OpenedRecords> => {
      const folder = await openRecords(dir)
      opened += 1
      return { ...folder, gone: new Set(folder.files) }
    }
    await expect(verifyLive(open, {})).rejects.toMatchObject({ message: 'record files are removed faster than they can be read' })
    expect(opened).toBe(10)
  })

  it('is opened again when it ended within a line, until it does not', async () => {
    let opened = 0
    const report = await verifyLive(async () => {
      const folder = await openRecords(dir)
      opened += 1
      if (opened === 3) return folder
      return {
        ...folder,
        read: async function* (file) {
          yield* folder.read(file)
          if (file === folder.files.at(-1)) yield Buffer.from('{"seq":')
        },
      }
    }, {})
    expect([report.faults, opened]).toEqual([[], 3])
  })

  it('is opened once when a line was changed, which no writer does', async () => {
    let opened = 0
    const report = await verifyLive(async () => {
      const folder = await openRecords(dir)
      opened += 1
      return {
        ...folder,
        read: async function* (file) {
          for await (const chunk of folder.read(file)) yield Buffer.from(Buffer.from(chunk).toString('utf8').replaceAll('Forbidden', 'NotFound'))
        },
      }
    }, {})
    expect([report.faults.length > 0, opened]).toEqual([true, 1])
  })

  it('is opened without a file that was removed while the folder was listed', async () => {
    // A dangling link is in the listing and has no size.
    await symlink('removed', join(dir, '20260101T000000000Z-a-1-1.jsonl'))
    expect((await openRecords(dir)).files).toEqual((await names()).slice(1))
  })

  it('still fails when somebody removes a file that no line calls removed', async () => {
    const [first = ''] = await names()
    await unlink(join(dir, first))
    const report = await verifyLive(() => openRecords(dir), {})
    expect(report.faults).toMatchObject([{ kind: 'absent' }])
  })

  it('is replayed without the file that was removed before it was read, and says so', async () => {
    const folder = await openRecords(dir)
    const [first = ''] = folder.files
    await unlink(join(dir, first))
    const { events, unreadable } = await readEvents(folder, {}, unpack)
    expect([...folder.gone]).toEqual([first])
    expect([events.length > 0, unreadable]).toEqual([true, 0])
  })
})
