/** What is searched for: one form of a strong value, or a piece of a long form. */

/** Where a value comes from. */
export type ValueSource = { readonly namespace: string; readonly secret: string; readonly key: string }

/** A strong value that at least one Secret contains. */
export class StrongValue {
  /** Its bytes as latin1. */
  readonly text: string
  /** The Secrets that contain the value, or did a moment ago. A source occurs once for each time it was learned. */
  readonly sources: ValueSource[]

  constructor(text: string, source: ValueSource) {
    this.text = text
    this.sources = [source]
  }
}

export class Pattern {
  /** 8 to MAX_PATTERN bytes as latin1. */
  readonly text: string
  /** The longest other pattern that begins this one. */
  longestPrefix: Pattern | undefined = undefined
  /**
   * One value of which this is a form, and the others. Stored separately because there are millions of patterns and nearly all belong to
   * one value.
   */
  #value: StrongValue | undefined
  #others: Set<StrongValue> | undefined

  constructor(text: string, value: StrongValue) {
    this.text = text
    this.#value = value
  }

  /** The values of which this is a form. */
  *values(): Generator<StrongValue> {
    if (this.#value !== undefined) yield this.#value
    if (this.#others !== undefined) yield* this.#others
  }

  addValue(value: StrongValue): void {
    if (this.#value === value) return
    if (this.#value === undefined) this.#value = value
    else (this.#others ??= new Set()).add(value)
  }

  /** Returns whether it is still a form of any value. */
  dropValue(value: StrongValue): boolean {
    if (this.#value === value) this.#value = undefined
    this.#others?.delete(value)
    if (this.#others?.size === 0) this.#others = undefined
    return this.#value !== undefined || this.#others !== undefined
  }
}

export const MIN_PATTERN = 8
/** Longer forms are searched for piece by piece. */
export const PIECE = 64
export const MAX_PATTERN = 2 * PIECE - 1

/** Splits a form into pieces of 64 bytes; the last one may be longer. A form of up to 127 bytes is one piece. */
export function piecesOf(form: string): string[] {
  const pieces: string[] = []
  let at = 0
  for (; form.length - at > MAX_PATTERN; at += PIECE) pieces.push(form.slice(at, at + PIECE))
  pieces.push(form.slice(at))
  return pieces
}
