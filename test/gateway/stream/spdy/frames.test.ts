import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SPDY_DICTIONARY } from '../../../../gateway/stream/spdy/dictionary.ts'
import {
  dataFrames,
  framePieces,
  goAwayFrame,
  PING,
  SETTINGS,
  SpdyReader,
  SYN_STREAM,
  type SpdyItem,
} from '../../../../gateway/stream/spdy/frames.ts'
import { HeaderReader } from '../../../../gateway/stream/spdy/headers.ts'
import { joined } from '../../../../gateway/stream/spdy/joined.ts'
import { cutAnywhere } from '../cut-anywhere.ts'
import { controlFrame, SpdyWriter } from '../spdy.ts'

type Whole = { readonly control: Buffer } | { readonly streamId: number; readonly data: Buffer; readonly fin: boolean }

/** Joins consecutive data pieces of a stream, since how they were split does not matter. */
function whole(items: readonly SpdyItem[]): readonly Whole[] {
  const wholes: Whole[] = []
  let open: { readonly streamId: number; data: Buffer; fin: boolean } | undefined
  for (const item of items) {
    if (item.kind === 'control') {
      open = undefined
      wholes.push({ control: item.raw })
    } else if (open !== undefined && open.streamId === item.streamId && !open.fin) {
      open.data = Buffer.concat([open.data, item.data])
      open.fin = item.fin
    } else wholes.push((open = { streamId: item.streamId, data: item.data, fin: item.fin }))
  }
  return wholes
}

const empty = (items: readonly SpdyItem[]): readonly SpdyItem[] => items.filter((item) => item.kind === 'data' && item.data.length === 0)
const data = (streamId: number, text: string, fin = false): SpdyItem => ({ kind: 'data', streamId, data: Buffer.from(text), fin })

const frame = fc.oneof(
  fc.record({ streamId: fc.integer({ min: 1, max: 9 }), data: fc.uint8Array({ maxLength: 100_000 }).map(Buffer.from), fin: fc.boolean() }),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((payload) => ({ control: controlFrame(PING, Buffer.from(payload)) })),
  fc.constant({ control: goAwayFrame(3) }),
)

describe('SPDY/3.1 frames', () => {
  it('use the dictionary of the draft', () => {
    expect(createHash('sha256').update(SPDY_DICTIONARY).digest('hex')).toBe('51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02')
  })

  it('parse the same however the bytes are split', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.infiniteStream(fc.integer({ min: 1, max: 50_000 })), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map((each) => ('control' in each ? each.control : dataFrames(each.streamId, each.data, each.fin))))
        const [once, pieces] = [new SpdyReader(), new SpdyReader()]
        const items: SpdyItem[] = []
        for (const chunk of cutAnywhere(bytes, cuts)) items.push(...pieces.push(chunk))
        expect(whole(items)).toEqual(whole(once.push(bytes)))
      }),
      { numRuns: 200 },
    )
  })

  it('carry the same after consecutive data of a stream is joined, in pieces of at most 32 KiB', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        const bytes = Buffer.concat(frames.map((each) => ('control' in each ? each.control : dataFrames(each.streamId, each.data, each.fin))))
        // Joining moves bytes within the memory that was read.
        const items = new SpdyReader().push(Buffer.from(bytes))
        const apart = new SpdyReader().push(bytes)
        const together = joined(items)
        expect(whole(together)).toEqual(whole(apart))
        expect(empty(together)).toEqual(empty(apart))
        for (const item of together) if (item.kind === 'data' && !items.includes(item)) expect(item.data.length).toBeLessThanOrEqual(32 * 1024)
      }),
      { numRuns: 200 },
    )
  })

  it('carry the same data in pieces as in one buffer', () => {
    const bytes = fc.uint8Array({ maxLength: 90_000 }).map(Buffer.from)
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 3 }), fc.boolean(), (parts, fin) => {
        expect(Buffer.concat(framePieces(5, parts, fin)).equals(dataFrames(5, Buffer.concat(parts), fin))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('are joined only up to the end of a stream, and not over data of another', () => {
    const items = [data(1, 'a'), data(1, 'b'), data(3, 'c'), data(1, 'd'), data(1, 'e', true), data(1, 'f')]
    expect(joined(items)).toEqual([data(1, 'ab'), data(3, 'c'), data(1, 'de', true), data(1, 'f')])
  })

  it('are joined up to 32 KiB, and not with empty ones', () => {
    const large = 'x'.repeat(20_000)
    const items = [data(1, 'a'), data(1, large), data(1, large), data(1, 'b'), data(1, ''), data(1, 'c'), data(1, large)]
    expect(joined(items)).toEqual([data(1, `a${large}`), data(1, `${large}b`), data(1, ''), data(1, `c${large}`)])
  })

  it.each([
    ['another version', Buffer.from([0x80, 2, 0, PING, 0, 0, 0, 4, 0, 0, 0, 1])],
    ['an unknown type', Buffer.from([0x80, 3, 0, 5, 0, 0, 0, 0])],
    ['a ping of a wrong length', Buffer.from([0x80, 3, 0, PING, 0, 0, 0, 5])],
    ['headers of more than 16 KiB', Buffer.from([0x80, 3, 0, SYN_STREAM, 0, 1, 0, 0])],
    ['settings without end', Buffer.from([0x80, 3, 0, SETTINGS, 0, 255, 255, 255])],
    ['data on stream 0', Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 65])],
  ])('are refused: %s', (_, bytes) => {
    expect(() => new SpdyReader().push(bytes)).toThrow(expect.objectContaining({ name: 'ProtocolError' }))
  })

  it('decode header blocks that share one compression state', async () => {
    const [writer, reader] = [new SpdyWriter(), new HeaderReader()]
    for (const headers of [{ streamtype: 'error' }, { streamtype: 'stdout' }, {}, { streamtype: 'data', port: '80', requestid: '0' }]) {
      const block = await writer.block(headers)
      expect(Object.fromEntries(await reader.read(block))).toEqual(headers)
    }
    reader.close()
  })

  it('are refused if their headers are not valid, or too large after decompression', async () => {
    const flood = await new SpdyWriter().block({ streamtype: 'a'.repeat(1_000_000) })
    expect(flood.length).toBeLessThan(16_384)
    await expect(new HeaderReader().read(flood)).rejects.toThrow('too long')
    await expect(new HeaderReader().read(Buffer.from('rubbish'))).rejects.toThrow('cannot be unpacked')
  })
})
