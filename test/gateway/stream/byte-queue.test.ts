import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../gateway/stream/byte-queue.ts'
import { areNeighbours } from '../../../gateway/stream/joined-bytes.ts'

const step = fc.oneof(
  fc.record({ what: fc.constant('add' as const), count: fc.nat(20) }),
  fc.record({ what: fc.constantFrom('peek' as const, 'take' as const, 'takeUpTo' as const), count: fc.nat(40) }),
)

describe('a queue of bytes', () => {
  it('returns what a queue of single bytes returns, and leaves the chunks as they are', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new ByteQueue()
        const chunks: { readonly chunk: Buffer; readonly copy: Buffer }[] = []
        let expected: number[] = []
        let next = 0
        for (const { what, count } of steps) {
          if (what === 'add') {
            const chunk = Buffer.from(Array.from({ length: count }, () => next++ & 0xff))
            chunks.push({ chunk, copy: Buffer.from(chunk) })
            expected.push(...chunk)
            queue.add(chunk)
          } else if (what === 'takeUpTo') {
            const taken = queue.takeUpTo(count)
            expect(taken.length > 0).toBe(expected.length > 0 && count > 0)
            expect(taken.length).toBeLessThanOrEqual(count)
            expect([...taken]).toEqual(expected.slice(0, taken.length))
            expected = expected.slice(taken.length)
          } else {
            const got = queue[what](count)
            expect(got === undefined ? undefined : [...got]).toEqual(count > expected.length ? undefined : expected.slice(0, count))
            if (what === 'take' && got !== undefined) expected = expected.slice(count)
          }
          expect(queue.length).toBe(expected.length)
        }
        expect(chunks.every(({ chunk, copy }) => chunk.equals(copy))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('copies only what two chunks share: the rest stays in its memory', () => {
    const queue = new ByteQueue()
    const [first, second] = [Buffer.alloc(100, 1), Buffer.alloc(1000, 2)]
    queue.add(first)
    queue.add(second)
    expect(queue.take(150)).toEqual(Buffer.concat([first, second.subarray(0, 50)]))
    const rest = queue.take(950)
    expect([rest?.buffer, rest?.byteOffset]).toEqual([second.buffer, second.byteOffset + 50])
  })

  it('copies into memory that nothing else is in, since neighbours are moved together', () => {
    const queue = new ByteQueue()
    for (let count = 0; count < 8; count += 1) queue.add(Buffer.alloc(4, count))
    const copies = [queue.take(8), queue.take(8), queue.take(8), queue.take(8)] as Buffer[]
    for (const copy of copies) for (const other of copies) expect(copy !== other && areNeighbours(copy, other)).toBe(false)
  })
})
