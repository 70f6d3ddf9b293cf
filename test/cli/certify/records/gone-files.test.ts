import { mkdtemp, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { openRecords } from '../../../../cli/certify/records/records-folder.ts'
import { openRecorder } from '../../../../server/records/recorder.ts'
import { fakeIO } from '../../../fakes/io.ts'

// Retention removes the first file after it was listed.
vi.mock('../../../../cli/certify/records/records-folder.ts', async (original) => {
  const real = await original<{ readonly openRecords: typeof openRecords }>()
  const openAndLose = async (dir: string) => {
    const folder = await real.openRecords(dir)
    await unlink(join(dir, folder.files[0] ?? ''))
    return folder
  }
  return { openRecords: openAndLose }
})
// A module of its own: the other tests of the process have loaded the one that opens folders as they are.
const own = '../../../../cli/certify/records/replay.ts?own'
const { certifyReplay } = (await import(own)) as typeof import('../../../../cli/certify/records/replay.ts')

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'jit-gone-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

it('replay says which file was removed while it read the records', async () => {
  const recorder = await openRecorder({ dir, clock: { nowMs: () => Date.now() }, maxBytes: 300, onError: () => undefined })
  for (const auditID of ['1', '2', '3', '4'])
    await recorder.record({ event: 'request.refused', auditID, session: 'one', code: 403, reason: 'Forbidden' })
  await recorder.close()
  const io = fakeIO()
  expect(await certifyReplay(io, { given: [{ name: 'records', value: dir }], words: [] })).toBe(0)
  expect(io.noted()).toMatch(/note: \S+\.jsonl was removed while the records were read, so its events are not shown/)
})
