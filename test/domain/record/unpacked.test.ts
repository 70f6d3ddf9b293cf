import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unpack } from '../../../server/records/unpack.ts'
import { GENESIS, jsonFields, link } from '../../../domain/record/chain.ts'
import { readEvents } from '../../../domain/record/read-events.ts'
import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { unpacked } from '../../../domain/record/unpacked.ts'

const piece = (shown: object): RecordedEvent<'stream.data'> => ({
  time: '2026-01-01T00:00:00.000Z',
  event: 'stream.data',
  auditID: 'a',
  session: 's',
  channel: 'stdout',
  offsetMs: 1,
  ...shown,
})
const packed = (bytes: Buffer) => piece({ zstd: zstdCompressSync(bytes).toString('base64') })

describe('a compressed chunk of a stream', () => {
  it('reads as the uncompressed chunk', () => {
    const bytes = Buffer.concat([randomBytes(20_000), Buffer.alloc(20_000)])
    expect(unpacked(packed(Buffer.from('größer\n'.repeat(3_000))), unpack)).toEqual(piece({ data: 'größer\n'.repeat(3_000) }))
    expect(unpacked(packed(bytes), unpack)).toEqual(piece({ base64: bytes.toString('base64') }))
  })
  it('is distinct from an uncompressed chunk of older records, which stays unchanged', () => {
    for (const event of [piece({ data: 'text' }), piece({ base64: 'AAE=' })]) expect(unpacked(event, unpack)).toBe(event)
  })
  it('is unreadable when it is not zstd, or decompresses to more than the maximum', async () => {
    expect(unpacked(piece({ zstd: 'AAAA' }), unpack)).toBeUndefined()
    expect(unpacked(packed(Buffer.alloc(64 * 1024 * 1024)), unpack)).toBeUndefined()
    const { line } = link(GENESIS, 0, jsonFields({ ...piece({ zstd: 'AAAA' }), time: undefined }))
    const folder = {
      files: ['one.jsonl'],
      read: async function* () {
        yield Buffer.from(line)
      },
    }
    expect(await readEvents(folder, {}, unpack)).toEqual({ events: [], unreadable: 1 })
  })
})
