import fc from 'fast-check'
import { CANARY, READ_BYTES } from './slow-relay.ts'

const text = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, at) => (at % 61 === 60 ? 10 : 97 + (at % 23))))
const words = (length: number): Buffer => Buffer.from('größer 漢字 🙂 '.repeat(length / 20))
export const anyData = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(CANARY.slice(0, 9), CANARY.slice(9), 'ü', '漢', 'a line\n').map((word) => Buffer.from(word)),
      { weight: 2, arbitrary: fc.constant(Buffer.from(CANARY)) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 12_000 }).map(text) },
      fc.integer({ min: 20, max: 12_000 }).map(words),
    ),
    { maxLength: 5 },
  )
  .map((parts) => Buffer.concat(parts))
const anyLarge = fc.integer({ min: 1000, max: READ_BYTES })
/** How a stream is cut, and how slow it is. */
export const anyWay = fc.record({
  // One of them is large, so that a run is short.
  cuts: fc
    .tuple(fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), anyLarge), { maxLength: 5 }), anyLarge)
    .map(([sizes, large]) => [...sizes, large]),
  turns: fc.array(fc.nat(3), { minLength: 1, maxLength: 7 }),
})
