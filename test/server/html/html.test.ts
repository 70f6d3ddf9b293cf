import fc from 'fast-check'
import { expect, it } from 'vitest'
import { html, verbatim } from '../../../server/html/html.ts'
import { escapedLine } from '../../../domain/api/plain-text.ts'

const ENTITIES: { readonly [entity: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`', '#13': '\r' }
/** The slow reference: what a browser shows for the markup. */
const shownAs = (markup: string): string => markup.replaceAll(/&([a-z0-9#]+);/g, (_, entity: string) => ENTITIES[entity] ?? '?')
const visible = (text: string): string =>
  text
    .split('\n')
    .map((line) => escapedLine(line.replaceAll('\t', '    ')))
    .join('\n')

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '`', '\n', '\r', '\t', '\u202e', '\u200b', '&lt;', 'a'), maxLength: 30 }),
)

it('any text is shown as it is, and never becomes markup', () => {
  fc.assert(
    fc.property(text, (value) => {
      const { markup } = html`${value}`
      expect(markup).not.toMatch(/[<>"'`]/)
      expect(markup).not.toMatch(/&(?!(amp|lt|gt|quot|#39|#96);)/)
      expect(shownAs(markup)).toBe(visible(value))
    }),
    { numRuns: 2000 },
  )
})
it('a verbatim value comes back as it is, and never becomes markup', () => {
  fc.assert(
    fc.property(text, (value) => {
      const { markup } = html`${verbatim(value)}`
      expect(markup).not.toMatch(/[<>"'`\r]/)
      expect(shownAs(markup)).toBe(value)
    }),
    { numRuns: 2000 },
  )
})
it('markup of the template stays, also within lists and other templates', () => {
  fc.assert(
    fc.property(fc.array(text), (values) => {
      const list = html`<ul>
        ${values.map((value) => html`<li title="${value}">${value}</li>`)}
      </ul>`
      expect(list.markup.match(/</g)).toHaveLength(2 + 2 * values.length)
    }),
  )
})
it('what is undefined is left out, and numbers are shown', () => expect(html`${undefined}${0}${[1, [undefined, '<']]}`.markup).toBe('01&lt;'))
