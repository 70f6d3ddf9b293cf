import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closeData, frameOf, framePieces, MessageReader, type WebSocketMessage } from '../../../../gateway/stream/websocket/frames.ts'
import { cutAnywhere } from '../cut-anywhere.ts'

const message = fc.record({ kind: fc.constantFrom('text' as const, 'binary' as const), data: fc.uint8Array({ maxLength: 70_000 }).map(Buffer.from) })
const control = fc.record({
  kind: fc.constantFrom('ping' as const, 'pong' as const, 'close' as const),
  data: fc.uint8Array({ maxLength: 125 }).map(Buffer.from),
})
const messages = fc.array(fc.oneof(message, control), { maxLength: 6 })
const reader = (fromClient: boolean, limit = 1 << 20): MessageReader => new MessageReader({ fromClient, limit })

describe('WebSocket frames', () => {
  it('parse to the same messages however the bytes are split, in both roles', () => {
    fc.assert(
      fc.property(messages, fc.boolean(), fc.infiniteStream(fc.integer({ min: 1, max: 40_000 })), (sent, masked, cuts) => {
        const bytes = Buffer.concat(sent.map((each) => frameOf(each, masked)))
        const read: WebSocketMessage[] = []
        const under = reader(masked)
        for (const chunk of cutAnywhere(bytes, cuts)) read.push(...under.push(chunk))
        expect(read).toEqual(sent)
      }),
      { numRuns: 200 },
    )
  })

  it('are the same in pieces and with data in several parts, in both roles', () => {
    const bytes = fc.uint8Array({ maxLength: 40_000 }).map(Buffer.from)
    fc.assert(
      fc.property(bytes, bytes, fc.array(bytes, { maxLength: 3 }), (prefix, first, more) => {
        const [whole, parts] = [Buffer.concat([prefix, first, ...more]), { kind: 'binary', prefix, data: first, more } as const]
        expect(Buffer.concat(framePieces(parts)).equals(frameOf({ kind: 'binary', data: whole }, false))).toBe(true)
        expect(reader(true).push(frameOf(parts, true))).toEqual([{ kind: 'binary', data: whole }])
      }),
      { numRuns: 100 },
    )
  })

  it('join fragments and let control frames between them pass', () => {
    const bytes = Buffer.concat([Buffer.from([0x02, 2, 1, 97]), Buffer.from([0x89, 0]), Buffer.from([0x00, 1, 98]), Buffer.from([0x80, 1, 99])])
    expect(reader(false).push(bytes)).toEqual([
      { kind: 'ping', data: Buffer.alloc(0) },
      { kind: 'binary', data: Buffer.from([1, 97, 98, 99]) },
    ])
  })

  it('keep only the bytes of a fragment, not the memory of the read that it came with', () => {
    const under = reader(true)
    const first = Buffer.from([0x02, 0x82, 0, 0, 0, 0, 1, 97])
    expect(under.push(first)).toEqual([])
    first.fill(0xee)
    expect(under.push(Buffer.from([0x80, 0x81, 0, 0, 0, 0, 98]))).toEqual([{ kind: 'binary', data: Buffer.from([1, 97, 98]) }])
  })

  it.each([
    ['an unmasked frame of a client', true, [0x82, 1, 0], 1002],
    ['a masked frame of a server', false, [0x82, 0x81, 0, 0, 0, 0, 0], 1002],
    ['reserved bits, as of a compressed message', false, [0xc2, 0], 1002],
    ['an undefined data opcode', false, [0x83, 0], 1002],
    ['an undefined control opcode', false, [0x8b, 0], 1002],
    ['a continuation without a first fragment', false, [0x80, 0], 1002],
    ['a message within a message', false, [0x02, 0, 0x82, 0], 1002],
    ['a fragmented control frame', false, [0x09, 0], 1002],
    ['a control frame that is too long', false, [0x89, 126, 0, 126], 1002],
    ['a frame of 2^63 bytes', false, [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], 1009],
  ])('are refused: %s', (_, fromClient, bytes, closeCode) => {
    expect(() => reader(fromClient).push(Buffer.from(bytes))).toThrow(expect.objectContaining({ name: 'ProtocolError', closeCode }))
  })

  it('are refused when a message is over the limit, before its bytes arrive, and after too many empty fragments', () => {
    expect(() => reader(false, 1000).push(Buffer.from([0x82, 126, 0x10, 0]))).toThrow(expect.objectContaining({ closeCode: 1009 }))
    const fragments = Buffer.concat([Buffer.from([0x02, 0]), ...Array.from({ length: 100 }, () => Buffer.from([0x00, 0]))])
    expect(() => reader(false, 1000).push(fragments)).toThrow(expect.objectContaining({ closeCode: 1009 }))
  })

  it('cut a close reason between two characters', () => {
    const data = closeData(1000, 'ä'.repeat(100))
    expect(data.length).toBe(124)
    expect(data.toString('utf8', 2)).toBe('ä'.repeat(61))
  })
})
