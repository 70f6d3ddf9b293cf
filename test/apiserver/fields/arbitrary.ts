import fastCheck from 'fast-check'
import { it } from 'vitest'

const word = fastCheck.constantFrom('a', 'b', 'c', '')
const key = fastCheck.constantFrom('x', 'y', 'z')
const optional = { requiredKeys: [] }

/** Arbitrary values of the schema that the field set tests share. */
const value = fastCheck.record(
  {
    leaf: word,
    nested: fastCheck.record({ inner: word, other: word }, optional),
    map: fastCheck.dictionary(key, word, { maxKeys: 3, noNullPrototype: true }),
    atomic: fastCheck.array(word, { maxLength: 3 }),
    set: fastCheck.uniqueArray(word, { maxLength: 3 }),
    keyed: fastCheck.uniqueArray(fastCheck.record({ type: key, status: word }), { maxLength: 3, selector: ({ type }) => type }),
  },
  { ...optional, noNullPrototype: true },
)
export const fc = { value }

type Value = typeof value extends fastCheck.Arbitrary<infer V> ? V : never

export function test(title: string, arbitrary: typeof value, check: (value: Value) => void): void {
  it(title, () => fastCheck.assert(fastCheck.property(arbitrary, check)))
}
