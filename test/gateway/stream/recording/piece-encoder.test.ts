import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { PieceEncoder } from '../../../../gateway/stream/recording/piece-encoder.ts'

const text = 'a line of a log\n'.repeat(1000)
const piece = { bytes: Buffer.from(text), isText: true }

describe('encoding a piece', () => {
  it('compresses what is large', async () => {
    const { zstd = '', ...others } = await new PieceEncoder().encode(piece)
    expect(others).toEqual({})
    expect(zstdDecompressSync(Buffer.from(zstd, 'base64')).toString()).toBe(text)
  })

  it('gives a piece as it is that cannot be compressed, and does not try the next seven', async () => {
    let tries = 0
    const encoder = new PieceEncoder({ compress: () => Promise.reject(new Error(`try ${++tries}`)) })
    for (let count = 0; count < 8; count++) expect(await encoder.encode(piece)).toEqual({ data: text })
    expect(tries).toBe(1)
    await encoder.encode(piece)
    expect(tries).toBe(2)
    expect(await encoder.encode({ bytes: Buffer.alloc(10_000), isText: false })).toEqual({ base64: Buffer.alloc(10_000).toString('base64') })
  })
})
