/** A text inside a value, and the name under which it stands there; '' for none. Texts are bytes as latin1. */
export type Item = {
  readonly name: string
  readonly text: string
  /** A word of a sentence, or a name itself: nothing to hide when it is weak, whatever it stands under. */
  readonly word?: true
}

/** Takes a text apart that stands under a name; undefined when it has another shape. Every shape is linear in the text. */
export type Shape = (name: string, text: string) => Iterable<Item> | undefined

export function unquoted(text: string): string {
  const quote = text[0]
  return text.length > 1 && (quote === '"' || quote === "'" || quote === '`') && text.endsWith(quote) ? text.slice(1, -1) : text
}
