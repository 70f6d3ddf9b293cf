import { escapedLine } from '../../domain/api/plain-text.ts'

/** Markup that is safe to send. Only {@link html} makes it. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

/** Undefined is left out. */
export type Value = string | number | Html | undefined | readonly Value[]

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/**
 * Text for an element or a quoted attribute. Characters that a reader cannot see or that reorder text become visible escapes. Line feeds stay, and a
 * tab becomes four spaces.
 */
const escapeText = (text: string): string =>
  text
    .split('\n')
    .map((line) => escapedLine(line.replaceAll('\t', '    ')).replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? ''))
    .join('\n')

function markupOf(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return value.map(markupOf).join('')
}

/**
 * Template tag that escapes every value. A value may stand in an element or in an attribute with double quotes, never in a name of either, in a script
 * or in a style. The pages have no scripts and no styles of their own.
 */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.map((part, index) => part + markupOf(values[index])).join(''))
