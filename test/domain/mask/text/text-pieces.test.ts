import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKnownValues } from '../../../../domain/mask/match/known-values.ts'
import { createMasker } from '../../../../domain/mask/masker.ts'

const VALUE = 'xK9mQ2vR8nT4wL7p'
const known = createKnownValues([{ namespace: 'shop', secret: 'db', key: 'password', value: Buffer.from(VALUE) }])

const word = fc.oneof(
  fc.constantFrom(VALUE, VALUE.slice(0, 9), VALUE.slice(9), '\n', '\u001b[31m', 'a'.repeat(5_000), 'b'.repeat(9_000)),
  fc.string({ maxLength: 20 }),
)

describe('masked text in pieces', () => {
  it('is the same as in one buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 6 }), { maxLength: 8 }), fc.boolean(), (chunks, sameLength) => {
        const [whole, apart] = [createMasker('text', { known, sameLength }), createMasker('text', { known, sameLength })]
        for (const words of chunks) {
          const chunk = Buffer.from(words.join(''))
          // Concatenated at once: pieces may share memory with the chunk.
          expect(Buffer.concat(apart.pushPieces(chunk)).equals(whole.push(chunk))).toBe(true)
        }
        expect(apart.end().equals(whole.end())).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
