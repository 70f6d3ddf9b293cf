import fc from 'fast-check'
import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { PieceCompressor } from '../../../../gateway/stream/recording/piece-compressor.ts'

const MAX_PIECE = 48 * 1024

const anyPiece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: MAX_PIECE, size: 'max' }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: MAX_PIECE })).map(([text, size]) => Buffer.alloc(size, text)),
)

describe('compressing pieces', () => {
  it('makes a frame of each, whatever is compressed at the same time', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyPiece, { minLength: 1, maxLength: 12 }), async (pieces) => {
        const compressor = new PieceCompressor()
        const frames = await Promise.all(pieces.map((piece) => compressor.compress(piece)))
        expect(frames.map((frame, index) => zstdDecompressSync(frame).equals(pieces[index] as Buffer))).toEqual(pieces.map(() => true))
      }),
    ))

  it('reports a context that fails, and uses another one for what follows', async () => {
    const broken = createZstdCompress().on('error', () => {})
    broken.destroy()
    const begun = [broken, createZstdCompress({ flush: constants.ZSTD_e_end })]
    const compressor = new PieceCompressor(() => begun.shift() ?? expect.fail('a third context'))
    const [first, ...others] = await Promise.allSettled(['a', 'b', 'c'].map((text) => compressor.compress(Buffer.from(text))))
    expect(first?.status).toBe('rejected')
    expect(others.map((other) => (other.status === 'fulfilled' ? zstdDecompressSync(other.value).toString() : other.status))).toEqual(['b', 'c'])
  })
})
