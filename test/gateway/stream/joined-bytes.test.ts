import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinedBytes } from '../../../gateway/stream/joined-bytes.ts'

const part = fc.record({ gap: fc.nat(40), size: fc.nat(50), elsewhere: fc.boolean() })

/** Cuts parts out of one memory with gaps between them. Some parts are in another memory. */
function cut(parts: readonly { readonly gap: number; readonly size: number; readonly elsewhere: boolean }[]) {
  const memory = Buffer.from(Uint8Array.from({ length: parts.reduce((sum, { gap, size }) => sum + gap + size, 0) }, (_, at) => at))
  let at = 0
  const cuts = parts.map(({ gap, size, elsewhere }) => {
    const from = at + gap
    at = from + size
    const bytes = memory.subarray(from, at)
    return elsewhere ? Buffer.from(bytes) : bytes
  })
  return { memory, cuts, end: at }
}

describe('joining payloads in their own memory', () => {
  it('gives the same bytes as a copy, wherever the parts are', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const { cuts } = cut(parts)
        const [first = Buffer.alloc(0), ...rest] = cuts
        const expected = Buffer.concat(cuts)
        expect(joinedBytes([first, ...rest]).equals(expected)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('writes to neither memory if the parts are in two', () => {
    const [one, other] = [1, 2].map((value) => Buffer.from(new ArrayBuffer(32)).fill(value)) as [Buffer, Buffer]
    expect(joinedBytes([one.subarray(0, 8), other.subarray(10, 18)])).toEqual(Buffer.from([...one.subarray(0, 8), ...other.subarray(10, 18)]))
    expect([one, other]).toEqual([Buffer.alloc(32, 1), Buffer.alloc(32, 2)])
  })

  it('changes nothing behind the last part or before the first', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), fc.nat(11), (parts, split) => {
        const { memory, cuts } = cut(parts)
        const [front, back] = [cuts.slice(0, split), cuts.slice(split)]
        const before = Buffer.concat(back)
        const [first, ...rest] = front
        if (first !== undefined) joinedBytes([first, ...rest])
        expect(Buffer.concat(back).equals(before)).toBe(true)
        const from = parts[0]?.gap ?? 0
        expect([...memory.subarray(0, from)]).toEqual(Array.from({ length: from }, (_, at) => at & 0xff))
      }),
      { numRuns: 500 },
    )
  })
})
