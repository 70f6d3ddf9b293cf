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
  // A browser would read it as a line feed.
  '\r': '&#13;',
}
/** A text in markup, for an element or a quoted attribute. Every character is kept; see `html` for texts that people read. */
export const escapeMarkup = (text: string): string => text.replaceAll(/[&<>"'`\r]/g, (character) => ENTITIES[character] ?? '')

/**
 * Text for an element or a quoted attribute. Characters that a reader cannot see or that reorder text become visible escapes. Line feeds stay, and a
 * tab becomes four spaces.
 */
const escapeText = (text: string): string =>
  text
    .split('\n')
    .map((line) => escapeMarkup(escapedLine(line.replaceAll('\t', '    '))))
    .join('\n')

/**
 * A value that a form sends back or a script reads, for a quoted attribute or a text area. Unlike other text, it keeps every character but NUL, which HTML
 * cannot express. A reader may not see all of them, so do not show it alone.
 */
export const verbatim = (text: string | number): Html => new Html(escapeMarkup(String(text)))

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
