/**
 * Weak values without those that a request contains, for a response that repeats the request: an error, or the created object. A weak value can
 * be guessed, so a mask in such a response would confirm one of the hundred thousand guesses that a request has room for.
 */
import { meaningOf } from '../json/strings/whole-escapes.ts'
import type { WeakValuesOfStrings } from './weak-values.ts'

export const noWeakValues: WeakValuesOfStrings = { longest: 0, has: () => false, hasBytes: () => false }

/** Bytes to search through for one response, about a tenth of a second. */
const MAX_SEARCHED = 128 << 20

type Request = {
  /** Path and query. */
  readonly target: string
  /** JSON or other text; its escapes are read. */
  readonly body: Buffer
  /**
   * Whether everything counts as contained in the request when there is too much to search through. Optional. Defaults to true: a mask would again confirm
   * guesses, to an agent that fills its request with values that it knows, and errors and created objects rarely show other values that can be guessed.
   */
  readonly saidBeyond?: boolean
}

export function unsaidWeakValues(weak: WeakValuesOfStrings, { target, body, saidBeyond = true }: Request): WeakValuesOfStrings {
  const texts = [Buffer.from(target), Buffer.from(decoded(target)), body, Buffer.from(meaningOf(body, { from: 0, to: body.length }) ?? '')]
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

function decoded(target: string): string {
  try {
    return decodeURIComponent(target.replaceAll('+', ' '))
  } catch {
    return target
  }
}
