/**
 * Weak values without those that a request contains, for a response that repeats the request: an error, or the created object. A weak value can
 * be guessed, so a mask in such a response would confirm one of the hundred thousand guesses that a request has room for.
 */
import { meaningOf } from '../json/strings/whole-escapes.ts'
import type { WeakValuesOfStrings } from './weak-values.ts'

export const noWeakValues: WeakValuesOfStrings = { longest: 0, has: () => false, hasBytes: () => false }

/**
 * Bytes to search through for one response, about a tenth of a second. Beyond that everything counts as contained in the request: a mask would again
 * confirm guesses, to an agent that fills its request with values that it knows. Errors and created objects rarely show other values that can be guessed.
 */
const MAX_SEARCHED = 128 << 20

/**
 * @param target path and query of the request
 * @param body JSON or other text; its escapes are read
 */
export function unsaidWeakValues(
  weak: WeakValuesOfStrings,
  { target, body }: { readonly target: string; readonly body: Buffer },
): WeakValuesOfStrings {
  const texts = [Buffer.from(target), Buffer.from(decoded(target)), body, Buffer.from(meaningOf(body, { from: 0, to: body.length }) ?? '')]
  const size = texts.reduce((sum, { length }) => sum + length, 0)
  const said = new Map<string, boolean>()
  let left = MAX_SEARCHED
  const isSaid = (text: string): boolean => {
    const known = said.get(text)
    if (known !== undefined) return known
    left -= size
    const found = left < 0 || texts.some((each) => each.includes(text, 0, 'latin1'))
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

function decoded(target: string): string {
  try {
    return decodeURIComponent(target.replaceAll('+', ' '))
  } catch {
    return target
  }
}
