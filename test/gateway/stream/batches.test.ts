import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Batches, MAX_BATCH } from '../../../gateway/stream/batches.ts'

const step = fc.oneof(
  fc.nat(3 * MAX_BATCH).map((bytes) => ({ bytes })),
  fc.nat(50).map((bytes) => ({ bytes })),
  fc.constant({ bytes: undefined }),
)

describe('batches of what was read', () => {
  it('return every byte once and in order, and never write to memory that was returned', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const batches = new Batches()
        const out: Buffer[] = []
        const kept: Buffer[] = []
        let written = 0
        const take = (): boolean => {
          const batch = batches.next()
          if (batch === undefined) return false
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(MAX_BATCH)
          out.push(batch)
          kept.push(Buffer.from(batch))
          return true
        }
        for (const { bytes } of steps) {
          if (bytes === undefined) take()
          else {
            const read = Buffer.from(Uint8Array.from({ length: bytes }, (_, at) => (written + at) % 251))
            batches.add(read)
            written += bytes
            read.fill(0xff) // as the memory of the socket, which is used again
          }
        }
        while (take());
        expect(Buffer.concat(out).equals(Buffer.from(Uint8Array.from({ length: written }, (_, at) => at % 251)))).toBe(true)
        expect(Buffer.concat(out).equals(Buffer.concat(kept))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})
