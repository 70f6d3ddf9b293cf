import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRecords, type OpenedRecords } from '../../../cli/certify/records/records-folder.ts'
import { verifyLive } from '../../../cli/certify/records/verify-live.ts'
import { openRecorder, type FileRecorder } from '../../../server/records/recorder.ts'
import { createFolderSource } from '../../../server/records/sessions/folder-source.ts'
import { intentOf, refusedOf, sessionNamed } from '../../server/records/sessions/agent-records.ts'

const [VICTIM, THIEF] = [sessionNamed('a'), sessionNamed('b')]
const NOW = 4_102_444_800_000

let dir: string
let recorder: FileRecorder
const names = async (): Promise<readonly string[]> => (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).toSorted()

/** The agent is refused until a new file begins: the oldest one goes. */
async function push(): Promise<void> {
  const before = (await names()).at(-1)
  for (let count = 0; (await names()).at(-1) === before; count += 1) await recorder.record(refusedOf(THIEF, `t${count}`))
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-attack-live-'))
  recorder = await openRecorder({
    dir,
    clock: { nowMs: () => Date.now() },
    maxBytes: 1_200,
    retention: { maxBytes: 8_000 },
    onError: () => undefined,
  })
  await recorder.record(intentOf(VICTIM, 'v1'))
  // Until retention removes a file for each new one. The victim acts all the time.
  for (let files = 0; files < 8; files += 1) {
    await push()
    await recorder.record(intentOf(VICTIM, `v${files + 2}`))
  }
})
afterEach(async () => {
  await recorder.close()
  await rm(dir, { recursive: true, force: true })
})

describe('X. an agent that fills the records while somebody reads them', () => {
  it('X419 does not make verify fail or report a fault', async () => {
    const pushes = { left: 6 }
    const opened: OpenedRecords[] = []
    const report = await verifyLive(async () => {
      const folder = await openRecords(dir)
      opened.push(folder)
      return {
        ...folder,
        read: async function* (file) {
          if (pushes.left > 0) {
            pushes.left -= 1
            await push()
          }
          yield* folder.read(file)
        },
      }
    }, {})
    expect(report.faults).toEqual([])
    // It did remove files that were listed, and it did name files that were not.
    expect([pushes.left, opened.length > 1, opened.some(({ gone }) => gone.size > 0)]).toEqual([0, true, true])
  })

  it('X420 does not make the timeline of another fail, and takes from it only what retention removes', async () => {
    let pushes = 3
    const source = createFolderSource({
      dir,
      pause: async () => {
        if (pushes-- > 0) await push()
      },
    })
    const query = { session: VICTIM, fromMs: 0, toMs: NOW, limit: 1000 }
    const { events, unreadable } = await source.events(query, new AbortController().signal)
    const kept = await createFolderSource({ dir }).events(query, new AbortController().signal)
    const idsIn = (page: typeof kept): readonly string[] => page.events.map(({ event }) => ('auditID' in event ? event.auditID : ''))
    expect(unreadable).toBe(0)
    expect(kept.events.length).toBeGreaterThan(0)
    expect(idsIn({ ...kept, events })).toEqual(expect.arrayContaining([...idsIn(kept)]))
  })
})
