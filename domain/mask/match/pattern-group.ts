/**
 * Patterns whose first bytes have the same hash, sorted by their bytes. A look finds the longest pattern that begins a text. The number of
 * steps grows with the logarithm of the number of patterns and with the pattern length. A user that writes Secrets chooses how many
 * patterns share a beginning, and must not be able to slow down the search for others.
 */
import type { Pattern } from './pattern.ts'

/** bytes[at, to) */
export type Stretch = { readonly at: number; readonly to: number }

/** The result of a look. */
export type Look = {
  /** The longest pattern that the text begins with. */
  found: Pattern | undefined
  /** Whether the text ends within a pattern, so that further text may complete a longer one. */
  goesOn: boolean
}

/** Patterns with the same beginning that are looked through for the shortest. */
const MAX_CONTINUED = 256

export class PatternGroup {
  readonly #sorted: Pattern[]

  constructor(first: Pattern) {
    this.#sorted = [first]
  }

  get size(): number {
    return this.#sorted.length
  }

  [Symbol.iterator](): Iterator<Pattern> {
    return this.#sorted[Symbol.iterator]()
  }

  /** Adds a pattern whose text no other pattern has. */
  add(made: Pattern): void {
    const { text } = made
    const at = this.#placeOf(text)
    const before = this.#sorted[at - 1]
    made.longestPrefix = before === undefined ? undefined : longestPrefix(before, text)
    for (let next = at; this.#sorted[next]?.text.startsWith(text) === true; next++) {
      const longer = this.#sorted[next] as Pattern
      if (longer.longestPrefix === made.longestPrefix) longer.longestPrefix = made
    }
    this.#sorted.splice(at, 0, made)
  }

  find(text: string): Pattern | undefined {
    const before = this.#sorted[this.#placeOf(text) - 1]
    return before?.text === text ? before : undefined
  }

  drop(pattern: Pattern): void {
    const at = this.#placeOf(pattern.text) - 1
    if (this.#sorted[at] !== pattern) return
    this.#sorted.splice(at, 1)
    for (let next = at; this.#sorted[next]?.text.startsWith(pattern.text) === true; next++) {
      const longer = this.#sorted[next] as Pattern
      if (longer.longestPrefix === pattern) longer.longestPrefix = pattern.longestPrefix
    }
  }

  /** The number of patterns that sort at or before a text. */
  #placeOf(text: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] as Pattern).text <= text) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Looks at bytes[at, to). */
  look(bytes: Uint8Array, { at, to }: Stretch, look: Look): void {
    const sorted = this.#sorted
    let low = 0
    let high = sorted.length
    // How many bytes the neighbours share with the text: everything between them shares at least the lesser number (Manber and Myers,
    // 1990).
    let lowSame = 0
    let highSame = 0
    let before: Pattern | undefined
    while (low < high) {
      const middle = (low + high) >>> 1
      const pattern = sorted[middle] as Pattern
      const same = sameFrom(pattern.text, bytes, { at, to, from: Math.min(lowSame, highSame) })
      if (same === pattern.text.length || (at + same < to && pattern.text.charCodeAt(same) < (bytes[at + same] as number))) {
        before = pattern
        low = middle + 1
        lowSame = same
      } else {
        high = middle
        highSame = same
      }
    }
    look.goesOn = high < sorted.length && at + highSame === to
    let found = before
    while (found !== undefined && found.text.length > lowSame) found = found.longestPrefix
    look.found = found
  }

  /**
   * The length of the shortest pattern that continues a beginning; 0 if there is none, or so many that the beginning tells little about any
   * of them. To look through all would let the author of many values slow down every stream that ends like them.
   */
  nearestEnd(beginning: string): number {
    let nearest = 0
    const from = this.#placeOf(beginning)
    for (let next = from; ; next++) {
      if (next - from >= MAX_CONTINUED) return 0
      const length = nearestEnd(this.#sorted[next], beginning)
      if (length === 0) return nearest
      if (nearest === 0 || length < nearest) nearest = length
    }
  }
}

/** Looks at bytes[at, to) if only one pattern is possible. */
export function lookAtOne(pattern: Pattern, { bytes, at, to }: Stretch & { readonly bytes: Uint8Array }, look: Look): void {
  const { length } = pattern.text
  // Hostile text is full of values that are cut off late. Their last byte tells at once, where a comparison from the front takes the longest.
  if (at + length <= to && pattern.text.charCodeAt(length - 1) !== bytes[at + length - 1]) {
    look.found = undefined
    look.goesOn = false
    return
  }
  const same = sameFrom(pattern.text, bytes, { at, to, from: 0 })
  look.found = same === length ? pattern : undefined
  look.goesOn = same < length && at + same === to
}

/** The length of the pattern if it continues a beginning; otherwise 0. */
export function nearestEnd(pattern: Pattern | undefined, beginning: string): number {
  return pattern !== undefined && pattern.text.length > beginning.length && pattern.text.startsWith(beginning) ? pattern.text.length : 0
}

/** The longest pattern that begins a text, given the pattern that sorts before it. */
function longestPrefix(before: Pattern, text: string): Pattern | undefined {
  let pattern: Pattern | undefined = before
  while (pattern !== undefined && !text.startsWith(pattern.text)) pattern = pattern.longestPrefix
  return pattern
}

/** How many bytes are equal, of which the first `from` are known to be. */
function sameFrom(text: string, bytes: Uint8Array, { at, to, from }: { readonly at: number; readonly to: number; readonly from: number }): number {
  const limit = Math.min(text.length, to - at)
  let same = from
  while (same < limit && text.charCodeAt(same) === bytes[at + same]) same++
  return same
}
