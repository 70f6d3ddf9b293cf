import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MASK_TEXT } from '../../../../../domain/mask/secret/mask-text.ts'
import { meaningOf } from '../../../../../domain/mask/json/strings/whole-escapes.ts'
import { masked, searching } from '../../mask-fixtures.ts'

/** Characters that must be escaped, that may be escaped, and that are not. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Array.from('abcXYZ019 :,{}[]-_=')) },
  { weight: 4, arbitrary: fc.constantFrom('"', '\\', '/', '\n', '\r', '\t', '\b', '\f', '<', '>', '&') },
  { weight: 2, arbitrary: fc.constantFrom('\u0000', '\u001b', '\u007f', 'ä', '€', '\u2028', '🔑', '\ud83d', '\udd11') },
)
/** One character as some encoder writes it. */
const spelled = fc.tuple(character, fc.nat(4)).map(([text, how]) => {
  const units = Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
  if (how === 0) return units
  if (how === 1) return units.toUpperCase().replaceAll('\\U', '\\u')
  if (how === 2 && text === '/') return '\\/'
  return JSON.stringify(text).slice(1, -1)
})
const spelledText = (maxLength: number) => fc.array(spelled, { maxLength }).map((parts) => parts.join(''))
const meant = (text: string): string => JSON.parse(`"${text}"`) as string

describe('text with escapes', () => {
  it('decodes as JSON.parse does and maps every byte to its source', () => {
    fc.assert(
      fc.property(spelledText(60), fc.nat(5), (text, before) => {
        const raw = Buffer.from('x'.repeat(before) + text)
        const widths: number[] = []
        const meaning = meaningOf(raw, { from: before, to: raw.length }, widths)
        expect(meaning?.toString('hex')).toBe(Buffer.from(meant(text)).toString('hex'))
        expect(widths).toHaveLength(meaning?.length ?? 0)
        expect(widths.reduce((sum, each) => sum + each, 0)).toBe(raw.length - before)
      }),
      { numRuns: 5000 },
    )
  })
  it.each(['\\', 'a\\u00', '\\u00g0', '\\x', '\\ud83d\\u00', 'ok\\'])('is not decoded if an escape is incomplete or invalid: %s', (text) => {
    const raw = Buffer.from(`${text}"  `)
    expect(meaningOf(raw, { from: 0, to: text.length })).toBeUndefined()
  })
})

const VALUE = 'p"ss\\w\nrd <🔑> of the cluster'
const values = searching(VALUE, 'correct horse battery', 'aGVsbG8gdGhlcmUhIQ')
const token = `ghp_${'a1'.repeat(20)}`
/** Long enough for several stretches, with something to mask in some places. */
const part = fc.oneof(
  { weight: 8, arbitrary: spelledText(40) },
  { weight: 1, arbitrary: fc.constantFrom(JSON.stringify(VALUE).slice(1, -1), 'correct horse battery', 'correct \\u0068orse battery', token) },
  { weight: 1, arbitrary: fc.constantFrom('correct horse', 'p\\"ss', 'p\\u0022ss\\\\w\\n', 'H4sI', 'x'.repeat(5000), '\\n'.repeat(2100)) },
)
const long = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''))

describe('the masked output', () => {
  it('is the same whether strings with escapes arrive whole, in stretches or byte by byte', () => {
    fc.assert(
      fc.property(long, long, fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 4 }), (one, other, cuts) => {
        const body = `{"kind":"ConfigMap","metadata":{"name":"a"},"data":{"k${one}":"${other}","other":["${one}",true]}}`
        const slowly = masked('json', body, { known: values, cuts: [1] }).toString('latin1')
        expect(masked('json', body, { known: values }).toString('latin1')).toBe(slowly)
        expect(masked('json', body, { known: values, cuts }).toString('latin1')).toBe(slowly)
      }),
      { numRuns: 300 },
    )
  })
  it('contains no value that was written with escapes', () => {
    const filler = 'a line\\n'.repeat(1000)
    const body = `{"a":"${filler}${JSON.stringify(VALUE).slice(1, -1)}${filler}","b":"x\\t${token}\\n"}`
    for (const cuts of [[], [100], [4096], [65_536]])
      expect(masked('json', body, { known: values, cuts }).toString()).toBe(`{"a":"${filler}${MASK_TEXT}${filler}","b":"x\\t${MASK_TEXT}\\n"}`)
  })
})
