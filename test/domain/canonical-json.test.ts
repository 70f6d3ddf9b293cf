import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonicalJson } from '../../domain/canonical-json.ts'

const leaf = fc.constantFrom(null, true, 0, 1, 'a', '"', 'é')
const json = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '"', '10', '9'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  )
}

it('is JSON of the value, whatever the order of its fields', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(value)
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
    }),
  )
})

it('is the same for equal values alone', () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(one, other))
    }),
  )
})

it('leaves out fields that are undefined, as JSON does', () => {
  expect(canonicalJson({ b: undefined, a: [{ c: undefined }, undefined] })).toBe('{"a":[{},null]}')
  expect(canonicalJson(undefined)).toBe('null')
})
