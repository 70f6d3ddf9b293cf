/**
 * Weak values without those that a request contains, for a response that repeats the request: an error, or the created object. A weak value can
 * be guessed, so a mask in such a response would confirm one of the hundred thousand guesses that a request has room for.
 */
import type { WeakValuesOfStrings } from './weak-values.ts'

export const noWeakValues: WeakValuesOfStrings = { longest: 0, has: () => false, hasBytes: () => false }

/** Bytes to search through for one response, about a tenth of a second. */
const MAX_SEARCHED = 128 << 20

type Repeated = {
  /** The texts of the request, as repeatedTexts returns them. */
  readonly texts: readonly Buffer[]
  /**
   * Whether everything counts as contained in the request when there is too much to search through. Optional. Defaults to true: a mask would again confirm
   * guesses, to an agent that fills its request with values that it knows, and errors and created objects rarely show other values that can be guessed.
   */
  readonly saidBeyond?: boolean
}

export function unsaidWeakValues(weak: WeakValuesOfStrings, { texts, saidBeyond = true }: Repeated): WeakValuesOfStrings {
  const size = texts.reduce((sum, { length }) => sum + length, 0)
  const said = new Map<string, boolean>()
  let left = MAX_SEARCHED
  const isSaid = (text: string): boolean => {
    const known = said.get(text)
    if (known !== undefined) return known
    left -= size
    const found = left < 0 ? saidBeyond : texts.some((each) => each.includes(text, 0, 'latin1'))
    said.set(text, found)
    return found
  }
  return {
    get longest() {
      return weak.longest
    },
    has: (text) => weak.has(text) && !isSaid(text),
    hasBytes: (bytes, from, to) => weak.hasBytes(bytes, from, to) && !isSaid(bytes.toString('latin1', from, to)),
  }
}
