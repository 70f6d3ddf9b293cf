/** A text inside a value and the name it has there, or '' if it has none. Texts are bytes as latin1. */
export type ShapedText = {
  readonly name: string
  readonly text: string
  /** A word of a sentence, or itself a name. If it is weak there is nothing to hide, whatever its name. */
  readonly word?: true
}

/** Splits a named text into items. Returns undefined if the text has another shape. Every shape runs in time linear in the text. */
export type Shape = (name: string, text: string) => Iterable<ShapedText> | undefined

export function unquoted(text: string): string {
  const quote = text[0]
  return text.length > 1 && (quote === '"' || quote === "'" || quote === '`') && text.endsWith(quote) ? text.slice(1, -1) : text
}
