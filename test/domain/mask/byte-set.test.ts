import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSet } from '../../../domain/mask/byte-set.ts'
import { createMasker } from '../../../domain/mask/masker.ts'
import { known } from './mask-fixtures.ts'

const MEMBERS = 'abcXYZ019_'
const set = new ByteSet(MEMBERS)
const has = (byte: number) => MEMBERS.includes(String.fromCharCode(byte))

/** The search that the one in pairs replaces. */
function slowly(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && has(bytes[at] as number)) at++
  return at
}

describe('a set of bytes', () => {
  it('has its members and no other byte', () => {
    for (let byte = 0; byte < 256; byte++) expect(set.has(byte)).toBe(has(byte))
  })
  it('finds the end of a sequence of members of any length, at any address', () => {
    const words = fc.array(fc.constantFrom(...Array.from(MEMBERS)), { minLength: 1, maxLength: 40 })
    const long = fc.tuple(words, fc.integer({ min: 0, max: 700 })).map(([word, length]) => word.join('').repeat(length).slice(0, length))
    const where = fc.record({ before: fc.nat(9), from: fc.nat(9), less: fc.nat(9) })
    fc.assert(
      fc.property(long, fc.uint8Array({ maxLength: 9 }), where, (word, after, { before, from, less }) => {
        const memory = Buffer.concat([Buffer.alloc(before, 'a'), Buffer.from(word), after, Buffer.alloc(5, 'a')])
        const bytes = memory.subarray(before)
        const begin = Math.min(from, bytes.length)
        const to = Math.max(begin, bytes.length - less)
        expect(set.endOf(bytes, begin, to)).toBe(slowly(bytes, begin, to))
      }),
      { numRuns: 5000 },
    )
  })
})

// Pieces of 97 bytes are read byte by byte, the whole text in pairs.
it('a text of long words is masked alike as a whole and in small pieces', () => {
  const values = known('postgres', 'Ue7yUb9gRPqLx3mZ')
  const word = fc
    .tuple(fc.constantFrom('a', 'Zz9', 'pass', 'x_y', 'key-', 'eyJ'), fc.nat(900))
    .map(([part, length]) => part.repeat(length).slice(0, length))
  const token = fc.constantFrom('ghp_', '.ghp_', '_npm_', '--token=abc012.').map((begin) => `${begin}${'a7F0bZ93'.repeat(5)}`)
  const sign = fc.constantFrom('.', '-', '_', '=', ' ', '\n', ': ', '"', ' password=', 'Key=postgres ', '=postgres', 'Ue7yUb9gRPqLx3mZ', '/', '+')
  const masked = (text: Buffer, size: number): string => {
    const masker = createMasker('text', { known: values })
    const out: Buffer[] = []
    for (let at = 0; at < text.length; at += size) out.push(Buffer.from(masker.push(text.subarray(at, at + size))))
    return Buffer.concat([...out, masker.end()]).toString('latin1')
  }
  fc.assert(
    fc.property(fc.array(fc.oneof(word, token, sign), { maxLength: 12 }), (parts) => {
      const text = Buffer.from(parts.join(''))
      expect(masked(text, text.length + 1)).toBe(masked(text, 97))
    }),
    { numRuns: 1500 },
  )
})
