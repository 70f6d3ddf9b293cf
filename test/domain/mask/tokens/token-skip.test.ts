import fc from 'fast-check'
import { expect, it } from 'vitest'
import { skipToRun } from '../../../../domain/mask/tokens/token-skip.ts'
import { SHORTEST_TOKEN } from '../../../../domain/mask/tokens/token-table.ts'

/** Runs around the length that decides, some of which contain the beginning of a token at the beginning of a word. */
const run = fc.oneof(
  fc.integer({ min: 1, max: 2 * SHORTEST_TOKEN + 5 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 1, max: SHORTEST_TOKEN + 5 }).map((length) => `ghp_${'x'.repeat(length)}`),
  fc.integer({ min: 1, max: SHORTEST_TOKEN + 5 }).map((length) => `${'x'.repeat(length)}.ghp_${'x'.repeat(5)}`),
  fc.integer({ min: 1, max: SHORTEST_TOKEN + 5 }).map((length) => `${'x'.repeat(length)}ghp_`),
)
const text = fc.array(fc.oneof(run, fc.constantFrom(' ', ': ', '  ')), { maxLength: 12 }).map((parts) => parts.join(''))

/** Every run, one after the other. */
function slowly(bytes: string, from: number, { to, whole }: { readonly to: number; readonly whole: boolean }): number {
  for (const found of bytes.slice(from, to).matchAll(/[\w+/=.-]+/g)) {
    const [characters] = found
    const begin = from + found.index
    const goesOn = begin + characters.length === to && !whole
    if (goesOn || (characters.length >= SHORTEST_TOKEN && /(?<![A-Za-z0-9])ghp_/.test(characters))) return begin
  }
  return to
}

it('the search for runs skips only what holds no token, in any bytes and from any place outside of a run', () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), fc.nat(3), (before, rest, whole, less) => {
      const all = `${before} ${rest}`
      const [from, to] = [before.length + 1, Math.max(before.length + 1, all.length - less)]
      const bytes = Buffer.from(all)
      expect(skipToRun({ bytes, from, to, whole }, Buffer.alloc(0))).toBe(slowly(all, from, { to, whole }))
    }),
    { numRuns: 5000 },
  )
})
