import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapedLine, escapedLines, plainTextProblem, unsafeIn } from '../../../domain/api/plain-text.ts'

const point = fc.integer({ min: 0, max: 0x10ffff })
/** Characters with a Unicode property, including lone surrogates. */
const having = (property: RegExp) => point.map((code) => String.fromCodePoint(code)).filter((character) => property.test(character))
const PROPERTIES = {
  control: /\p{Cc}/u,
  format: /\p{Cf}/u,
  surrogate: /\p{Cs}/u,
  'private use': /\p{Co}/u,
  unassigned: /\p{Cn}/u,
}
/** Too rare for random generation to find. */
const RARE = {
  'bidirectional control': [0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  'zero width': [0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0x00ad, 0x180e],
  'line and paragraph separator': [0x2028, 0x2029, 0x85],
  tag: [0xe0001, 0xe0020, 0xe0041, 0xe007f],
  'variation selector': [0xfe00, 0xfe0e, 0xfe0f, 0xe0100, 0xe01ef, 0x180b],
  filler: [0x115f, 0x1160, 0x3164, 0xffa0, 0x034f, 0x17b4],
  control: [0x00, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x9b],
}
const plain = fc.stringMatching(/^[A-Za-z0-9 äßéłПривет中文日本語ไทย.,;:!?"'()[\]{}<>/\\@#$%^&*_+=~`|-]{0,12}$/)
const WORDS = [
  'fix the deploy 🚀',
  'Größe prüfen',
  'Привет, мир',
  '日本語のテスト',
  'naïve café',
  'שלום',
  'مرحبا',
  'हिन्दी',
  'ภาษาไทยนี้',
  '❤️ ✔︎',
  'it\'s 100 % "done"',
]

describe('plain text', () => {
  it.each(WORDS)('%s is plain', (text) => expect(plainTextProblem(text)).toBeUndefined())

  it.each(Object.entries(PROPERTIES))('contains no %s character at any position', (name, property) => {
    const source =
      name === 'control'
        ? fc.constantFrom(...RARE.control.map((code) => String.fromCodePoint(code)))
        : name === 'surrogate'
          ? fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code))
          : name === 'format'
            ? fc.constantFrom(...RARE.tag, ...RARE['zero width'], ...RARE['bidirectional control']).map((code) => String.fromCodePoint(code))
            : having(property)
    fc.assert(
      fc.property(plain, source, plain, (before, character, after) => {
        expect(property.test(character)).toBe(true)
        expect(unsafeIn(before + character + after)?.at).toBe(Array.from(before).length + 1)
      }),
      { numRuns: 200 },
    )
  })

  it.each(Object.entries(RARE))('contains no %s, and the message names the character', (_, codes) => {
    for (const code of codes) {
      const problem = plainTextProblem(`abc${String.fromCodePoint(code)}def`)
      expect(problem).toContain('at character 4')
      if (![0x09, 0x0a, 0x0d].includes(code)) expect(problem).toContain(`U+${code.toString(16).toUpperCase().padStart(4, '0')}`)
    }
  })

  it('contains a variation selector only after an emoji, and once', () => {
    for (const text of ['❤️️', 'a️', '️', '❤︀', '1️']) expect(plainTextProblem(text)).toBeDefined()
  })
  it('contains no marks that draw over other lines', () => {
    expect(plainTextProblem(`a${'\u0301'.repeat(4)}`)).toBeUndefined()
    expect(plainTextProblem(`a${'\u0301'.repeat(5)}`)).toContain('U+0301')
  })

  it('is the result of every escape, and escaping does not change it', () => {
    const anything = fc
      .array(
        fc.oneof(
          plain,
          fc.constantFrom(...WORDS),
          fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
          fc.constantFrom(...Object.values(RARE).flat()).map((code) => String.fromCodePoint(code)),
        ),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(anything, (text) => {
        expect(plainTextProblem(escapedLine(text))).toBeUndefined()
        if (plainTextProblem(text) === undefined) expect(escapedLine(text)).toBe(text)
        const lines = escapedLines(text).split('\n')
        expect(lines).toHaveLength(text.split('\n').length)
        for (const line of lines) expect(plainTextProblem(line)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })
})
