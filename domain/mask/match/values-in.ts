import type { KnownValues } from './known-values.ts'
import { Matcher } from './matcher.ts'
import { PIECE, type Pattern, type StrongValue } from './pattern.ts'
import { formsOf } from './value-forms.ts'

/**
 * What a text says of the strong values: the forms and pieces of forms that it contains, and the values of which it contains a whole form. Who
 * knows a piece of a long value does not know the value: the first bytes of a private key are in its certificate, and those of a token in every
 * token.
 */
export type Said = ReadonlySet<StrongValue | Pattern>

/** Forms are built for at most so many bytes of values, about a tenth of a second: a client decides how many pieces its request contains. */
const MAX_BUILT = 64 << 10

/** What the texts say of the strong values, in any form. */
export function valuesIn(known: KnownValues, texts: Iterable<Buffer>): Said {
  const said = new Set<StrongValue | Pattern>()
  const forms = new FormsOfValues()
  for (const text of texts) {
    const matcher = new Matcher(known.patterns, (value, pattern, at) => {
      said.add(pattern)
      if (!said.has(value) && isWhole(value, { pattern, text, at, forms })) said.add(value)
      return false
    })
    matcher.read(text, 0, text.length)
    matcher.finish()
  }
  return said
}

type Place = { readonly pattern: Pattern; readonly text: Buffer; readonly at: number; readonly forms: FormsOfValues }

/** Whether the text contains, from a pattern on, a whole form of a value. */
function isWhole(value: StrongValue, { pattern, text, at, forms }: Place): boolean {
  // Pieces are longer.
  if (pattern.text.length < PIECE || pattern.text === value.text) return true
  return forms.of(value).some((form) => form.startsWith(pattern.text) && text.toString('latin1', at, at + form.length) === form)
}

class FormsOfValues {
  readonly #built = new Map<StrongValue, readonly string[]>()
  #left = MAX_BUILT

  /** None if too many were built. */
  of(value: StrongValue): readonly string[] {
    const built = this.#built.get(value)
    if (built !== undefined) return built
    this.#left -= value.text.length
    const forms = this.#left < 0 ? [] : formsOf(Buffer.from(value.text, 'latin1'))
    this.#built.set(value, forms)
    return forms
  }
}
