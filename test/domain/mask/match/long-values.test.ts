import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KnownValues } from '../../../../domain/mask/match/known-values.ts'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { createShortTextMasker } from '../../../../domain/mask/text/short-text-masker.ts'
import { createPlaceholders } from '../../../../domain/mask/secret/placeholders.ts'
import { searching } from '../mask-fixtures.ts'
import { formsOf } from '../../../../domain/mask/match/value-forms.ts'

const MASK = '[jit.access/masked]'
const word = (length: number): string => randomBytes(length).toString('base64url').slice(0, length)
const knownOf = (values: readonly string[]): KnownValues => searching(...values)

/** Masks a text that arrives in pieces of `cut` bytes. */
function masked(known: KnownValues, text: string, cut = text.length): string {
  const masker = createMasker('text', { known })
  const bytes = Buffer.from(text, 'latin1')
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length; at += cut) out.push(Buffer.from(masker.push(bytes.subarray(at, at + cut))))
  return Buffer.concat([...out, masker.end()]).toString('latin1')
}

test('a long value is masked completely in every form, at any cut, and nothing around it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 60, max: 3000 }), fc.integer({ min: 1, max: 700 }), (length, cut) => {
      const [one, other] = [word(length), word(length)]
      const known = knownOf([one, other])
      for (const form of formsOf(Buffer.from(other))) {
        expect(masked(known, `< ${form} >`, cut)).toBe(`< ${MASK} >`)
      }
    }),
    { numRuns: 60 },
  )
})

test('values with a common beginning are each masked up to their own end', () => {
  const start = word(400)
  const values = Array.from({ length: 12 }, (_, index) => `${start}${word(100 + 50 * index)}`)
  const known = knownOf(values)
  for (const value of values) for (const cut of [1, 13, 5000]) expect(masked(known, `a ${value} b`, cut)).toBe(`a ${MASK} b`)
})

test('a value that is a prefix of another is masked, and so is the other', () => {
  const short = word(300)
  const long = `${short}${word(300)}`
  const known = knownOf([short, long])
  expect(masked(known, `a ${short} b ${long} c`)).toBe(`a ${MASK} b ${MASK} c`)
})

test('every piece before a change in the middle of a value is hidden', () => {
  const value = word(1000)
  const known = knownOf([value])
  for (const cut of [1, 64, 5000]) expect(masked(known, `a ${value.slice(0, 700)}~ b`, cut)).toBe(`a ${MASK}${value.slice(640, 700)}~ b`)
})

test('the output does not reveal how much of a value a text matches', () => {
  const value = word(1000)
  const known = knownOf([value])
  for (const cut of [1, 7, 5000])
    for (let at = 8; at < 300; at++) {
      if (at % 64 === 63) continue // the end of a piece: a client that has guessed all of it may learn that
      const hidden = at - (at % 64)
      for (const letter of [value[at] as string, '*']) {
        const said = `a ${value.slice(0, at)}${letter}`
        const shown = `a ${hidden > 0 ? MASK : ''}${value.slice(hidden, at)}${letter}`
        expect(masked(known, `${said}${'~'.repeat(80)} b`, cut)).toBe(`${shown}${'~'.repeat(80)} b`)
        expect(createShortTextMasker({ known })(said)).toBe(shown)
        // The same at the end of a text, except for the last bytes of a piece.
        if (at % 64 < 64 - 25) expect(masked(known, said, cut)).toBe(shown)
      }
    }
})

test('text after a changed value stays in order, including escapes, at any cut', () => {
  const value = `~${word(1000)}`
  const known = knownOf([value])
  const placeholders = createPlaceholders({ key: randomBytes(32), session: 's' })
  const inJson = (json: string, cut: number): string => {
    const masker = createMasker('json', { known, placeholders })
    const bytes = Buffer.from(json)
    const out: Buffer[] = []
    for (let at = 0; at < bytes.length; at += cut) out.push(Buffer.from(masker.push(bytes.subarray(at, at + cut))))
    return Buffer.concat([...out, masker.end()]).toString()
  }
  const tail = fc.stringMatching(/^(?:["\\\nx]|é|😀|abc){40,90}$/u)
  fc.assert(
    fc.property(fc.integer({ min: 64, max: 200 }), tail, fc.integer({ min: 1, max: 60 }), fc.boolean(), (length, after, cut, ascii) => {
      const text = `${value.slice(0, length)}*${after}`
      const plain = JSON.stringify({ text, next: 'x' })
      const json = ascii ? plain.replaceAll(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`) : plain
      const got = JSON.parse(inJson(json, cut)) as { readonly text: string; readonly next: string }
      expect(got.next).toBe('x')
      expect(got.text.startsWith(MASK)).toBe(true)
      expect(text.endsWith(got.text.slice(MASK.length))).toBe(true)
      expect(inJson(json, json.length)).toBe(inJson(json, cut))
    }),
    { numRuns: 300 },
  )
})

test('a piece from the middle of a long value is found without its beginning', () => {
  const value = word(1000)
  expect(masked(knownOf([value]), `a ${value.slice(100)} b`)).toBe(`a ${value.slice(100, 128)}${MASK} b`)
})
