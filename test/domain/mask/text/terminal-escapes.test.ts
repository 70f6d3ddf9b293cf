/** Known values that terminal escapes split are hidden, and the escapes stay. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker } from '../../../../domain/mask/masker.ts'
import { MASK_TEXT } from '../../../../domain/mask/secret/mask-text.ts'
import { createShortTextMasker } from '../../../../domain/mask/text/short-text-masker.ts'
import { endOfEscape, NO_ESCAPE, UNFINISHED } from '../../../../domain/mask/text/terminal-escapes.ts'
import { cuts, masked, nothingKnown, searching } from '../mask-fixtures.ts'

const RUNS = Number(process.env['JIT_FUZZ_RUNS'] ?? 3000)
const VALUE = 'correct horse battery'
const VALUES = [VALUE, 'hunter2hunter2', 'battery-staple-9', 'horse battery staple']
const ESCAPES = [
  '\u001b[31m',
  '\u001b[0m',
  '\u001b[01;31m\u001b[K',
  '\u001b[38;5;196m',
  '\u001b[?25l',
  '\u001b(B\u001b[m',
  '\u001b7',
  '\u001bM',
  '\u001b]0;a title\u0007',
  '\u001b]8;;https://example.com/\u001b\\',
  '\u001bPq#0\u001b\\',
]
const stripped = (text: string) => ESCAPES.reduce((rest, escape) => rest.replaceAll(escape, ''), text)

/** Text that consists of values, parts of them and other words, and the places of escapes in it. */
const piece = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.tuple(fc.constantFrom(...VALUES), fc.nat(20)).map(([value, length]) => value.slice(0, length)),
  fc.constantFrom(' ', '\n', 'a word', 'ä€🔑', ': '),
)
const plain = fc.array(piece, { maxLength: 8 }).map((pieces) => `${pieces.join('')}. The end of it all.`)
const escapes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...ESCAPES)), { maxLength: 12 })

function withEscapes(text: string, inserted: readonly (readonly [number, string])[]): string {
  const letters = [...Array.from(text), '']
  const at = new Map<number, string>()
  for (const [place, escape] of inserted) at.set(place % letters.length, escape)
  return letters.map((letter, index) => (at.get(index) ?? '') + letter).join('')
}

const maskedText = (body: string, options = {}) => masked('text', body, { known: searching(...VALUES), ...options }).toString()

describe('a value that escapes split', () => {
  it('is hidden, and its escapes follow the mask', () => {
    expect(maskedText(`a \u001b[31mcorr\u001b[0mect horse bat\u001b[Ktery b`)).toBe(`a \u001b[31m${MASK_TEXT}\u001b[0m\u001b[K b`)
  })

  it.each(ESCAPES)('is hidden with an escape after any of its bytes: %j', (escape) => {
    for (let at = 0; at <= VALUE.length; at++)
      for (const size of [1, 3, 1000])
        expect(stripped(maskedText(`>${VALUE.slice(0, at)}${escape}${VALUE.slice(at)}<`, { cuts: [size] }))).toBe(`>${MASK_TEXT}<`)
  })

  it('is hidden with an escape after each of its bytes', () => {
    const colours = Array.from(VALUE, (letter, index) => `\u001b[${30 + (index % 8)}m${letter}`).join('')
    for (const size of [1, 2, 5, 1000])
      // oxlint-disable-next-line no-control-regex
      expect(stripped(maskedText(`${colours}\u001b[0m`, { cuts: [size] }).replaceAll(/\u001b\[3\dm/g, ''))).toBe(MASK_TEXT)
  })

  it('keeps the offset of every byte if sameLength is set', () => {
    const body = 'x corr\u001b[31mect horse\u001b[0m battery y'
    const out = maskedText(body, { sameLength: true })
    expect(out.length).toBe(body.length)
    expect(out.indexOf('\u001b[31m')).toBe(body.indexOf('\u001b[31m'))
    expect(out.indexOf('\u001b[0m')).toBe(body.indexOf('\u001b[0m'))
    expect(stripped(out)).toBe(maskedText('x correct horse battery y', { sameLength: true }))
  })

  it('is hidden in a complete text', () => {
    expect(createShortTextMasker({ known: searching(VALUE) })('a corr\u001b[1mect horse battery b')).toBe(`a ${MASK_TEXT}\u001b[1m b`)
  })

  it('is hidden if the end of the text cuts it or an escape off', () => {
    for (const end of ['', '\u001b', '\u001b[', '\u001b]0;a']) {
      const out = maskedText(`x corr\u001b[31mect horse batt${end}`)
      for (const part of ['corr', 'ect', 'horse', 'batt']) expect(out).not.toContain(part)
    }
  })

  it('is not released by a pause', () => {
    const masker = createMasker('text', { known: searching(VALUE) })
    expect(masker.push(Buffer.from('$ corr\u001b[1mect hor')).toString() + masker.idle().toString()).toBe('$ ')
    expect(masker.push(Buffer.from('\u001b[0mse battery\n')).toString()).toBe(`${MASK_TEXT}\u001b[1m\u001b[0m\n`)
  })
})

describe('masking of any text', () => {
  it('hides the same values with escapes as without', () => {
    fc.assert(
      fc.property(plain, escapes, cuts, fc.boolean(), (text, inserted, sizes, sameLength) => {
        const known = searching(...VALUES)
        const out = masked('text', withEscapes(text, inserted), { known, cuts: sizes, sameLength }).toString()
        expect(stripped(out)).toBe(masked('text', text, { known, sameLength }).toString())
      }),
      { numRuns: RUNS },
    )
  })

  it('keeps all escapes in order', () => {
    fc.assert(
      fc.property(plain, escapes, cuts, (text, inserted, sizes) => {
        // oxlint-disable-next-line no-control-regex
        const pattern = new RegExp(ESCAPES.map((escape) => escape.replaceAll(/[^\w\u001b]/g, String.raw`\$&`)).join('|'), 'g')
        const body = withEscapes(text, inserted)
        expect(
          masked('text', body, { known: searching(...VALUES), cuts: sizes })
            .toString()
            .match(pattern),
        ).toEqual(body.match(pattern))
      }),
      { numRuns: RUNS },
    )
  })

  it('gives the same output however it is cut, even with invalid or endless escapes', () => {
    const parts = fc.constantFrom(
      ...VALUES,
      ...ESCAPES,
      ...VALUES.map((value) => value.slice(0, 6)),
      ...VALUES.map((value) => value.slice(6)),
      '\u001b',
      '\u001b[',
      '\u001b]',
      '\u001b\\',
      '\u0007',
      `\u001b[${'1;'.repeat(40)}m`,
      `ghp_${'a1'.repeat(20)}`,
      'ghp_',
      ' ',
      'x',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 16 }), cuts, fc.boolean(), (pieces, sizes, sameLength) => {
        const options = { known: searching(...VALUES), sameLength }
        const whole = masked('text', pieces.join(''), options).toString()
        expect(masked('text', pieces.join(''), { ...options, cuts: sizes }).toString()).toBe(whole)
        expect(masked('text', pieces.join(''), { ...options, cuts: [1] }).toString()).toBe(whole)
      }),
      { numRuns: RUNS },
    )
  })

  it('hides an unchanged value in any bytes, even in what looks like an escape', () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 6 }).map((array) => Buffer.from(array)),
      fc.constantFrom('\u001b', '\u001b[', '\u001b]0;').map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(any, any, fc.constantFrom(...VALUES), cuts, (before, after, value, sizes) => {
        const out = masked('text', Buffer.concat([before, Buffer.from(value), after]), { known: searching(...VALUES), cuts: sizes })
        expect(out.includes(value)).toBe(false)
        expect(out.includes(MASK_TEXT)).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('text without a value', () => {
  it('is passed without a copy if it contains no escape', () => {
    const masker = createMasker('text', { known: searching(VALUE) })
    const chunk = Buffer.from('plain text, as it comes.\n')
    const out = masker.push(chunk)
    expect(out.buffer).toBe(chunk.buffer)
    expect([out.byteOffset, out.length]).toEqual([chunk.byteOffset, chunk.length])
  })

  it('is passed at once, except an incomplete escape', () => {
    const masker = createMasker('text', { known: searching(VALUE) })
    expect(masker.push(Buffer.from('\u001b[31mred\u001b[0m\u001b[3')).toString()).toBe('\u001b[31mred\u001b[0m')
    expect(masker.push(Buffer.from('2mgreen')).toString()).toBe('\u001b[32mgreen')
    expect(masker.push(Buffer.from('\u001b')).toString() + masker.idle().toString()).toBe('\u001b')
    expect(masker.push(Buffer.from(`\u001b]0;${'t'.repeat(5000)}`)).toString()).toHaveLength(5004)
  })

  it('holds back no more than a value and a limited number of escapes', () => {
    const masker = createMasker('text', { known: searching(VALUE) })
    let held = masker.push(Buffer.from('correct hor')).length === 0 ? 11 : 0
    let most = 0
    for (let turn = 0; turn < 5000; turn++) {
      held += 4 - masker.push(Buffer.from('\u001b[0m')).length
      most = Math.max(most, held)
    }
    expect(most).toBeLessThan(10_000)
  })

  it('has a token after an escape masked', () => {
    const token = `ghp_${'a1'.repeat(20)}`
    for (const size of [1, 7, 1000])
      expect(masked('text', `foo\u001b[31m${token}\u001b[0m bar`, { known: nothingKnown, cuts: [size] }).toString()).toBe(
        `foo\u001b[31m${MASK_TEXT}\u001b[0m bar`,
      )
  })
})

it('endOfEscape returns where an escape ends', () => {
  for (const escape of ['\u001b[31m', '\u001b[m', '\u001b(B', '\u001bM', '\u001b7', '\u001b]0;a\u0007', '\u001b]0;ä\u001b\\', '\u001b_x\u001b\\'])
    for (let length = 1; length <= escape.length; length++) {
      const bytes = Buffer.from(`..${escape}`)
      const part = bytes.subarray(0, bytes.length - escape.length + length)
      expect(endOfEscape(part, 2)).toBe(length === escape.length ? bytes.length : UNFINISHED)
    }
  for (const other of ['\u001b\n', '\u001bä', '\u001b[1\n', '\u001b]a\u001b[', `\u001b[${'1'.repeat(64)}`, `\u001b]${'a'.repeat(4096)}`])
    expect(endOfEscape(Buffer.from(other), 0)).toBe(NO_ESCAPE)
})
