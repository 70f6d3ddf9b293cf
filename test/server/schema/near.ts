import fc, { type Arbitrary } from 'fast-check'
import type { Schema } from '../../../domain/api/schema.ts'

type StringSchema = Extract<Schema, { type: 'string' }>
type IntegerSchema = Extract<Schema, { type: 'integer' }>
type ArraySchema = Extract<Schema, { type: 'array' }>
type ObjectSchema = Extract<Schema, { type: 'object' }>

const wrongTypes = fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, '', 'x', [], [null], {}, { '': 1, x: null })
/** Names that a JSON pointer escapes, or that every JavaScript object has. */
const names = fc.oneof(fc.constantFrom('', '/', '~', '~1', 'a/b~c', '0', 'toString', '__proto__', 'constructor'), fc.string({ maxLength: 5 }))

/** Longer texts would only make the tests slow. */
const MAX_TEXT = 4096

/** Mostly what the schema accepts, `odds` to one, so that a value with many fields can be valid. */
const mostly = <T, U>(odds: number, valid: Arbitrary<T>, edges: Arbitrary<U>): Arbitrary<T | U> =>
  fc.oneof({ weight: odds, arbitrary: valid }, { weight: 1, arbitrary: edges })

/** The arbitrary of each pattern, which takes longer to make than all of its texts: kinds share their patterns, and each is needed several times. */
const matching = new Map<string, Arbitrary<string>>()
function textsOf(pattern: string, size?: '-1'): Arbitrary<string> {
  const key = `${size ?? ''} ${pattern}`
  const known = matching.get(key) ?? fc.stringMatching(new RegExp(pattern, 'u'), size === undefined ? {} : { size })
  matching.set(key, known)
  return known
}

function validText({ enum: words, minLength = 0, maxLength = 64, pattern, format }: StringSchema): Arbitrary<string> {
  if (words !== undefined) return fc.constantFrom(...words)
  if (format !== undefined) return fc.constantFrom('2006-01-02T15:04:05Z', '2006-01-02T15:04:05.123+01:00')
  const fits = ({ length }: string): boolean => length >= minLength && length <= maxLength
  if (pattern !== undefined) return textsOf(pattern, minLength > 1 ? undefined : '-1').filter(fits)
  return fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, minLength + 8) }).filter(fits)
}

function textEdges({ enum: words = [], minLength = 0, maxLength = 64, pattern }: StringSchema): Arbitrary<string> {
  const lengths = [0, minLength - 1, minLength, maxLength, maxLength + 1].filter((length) => length >= 0 && length <= MAX_TEXT + 1)
  return fc.oneof(
    fc.tuple(fc.constantFrom(...lengths), fc.constantFrom('a', 'Z', '*', ' ', '\u0000', '\ud800')).map(([length, letter]) => letter.repeat(length)),
    // An astral character has two UTF-16 code units.
    fc.constantFrom(...lengths).map((length) => '\u{1F600}'.repeat(Math.ceil(length / 2))),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('2006-13-02T15:04:05Z', '2006-01-02', ' 2006-01-02T15:04:05Z', ...words.map((word) => word.toLowerCase())),
    pattern === undefined ? fc.constant('\n') : textsOf(pattern).map((text) => `${text}\n`),
  )
}

function integerNear({ minimum = 0, maximum = 2 ** 31 - 1 }: IntegerSchema, odds: number): Arbitrary<number> {
  const bounds = [minimum, maximum, 2 ** 31 - 1, 2 ** 53 - 1, -(2 ** 53) + 1].flatMap((bound) => [bound - 1, bound, bound + 1])
  return mostly(
    odds,
    fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) }),
    fc.constantFrom(...bounds, -0, 1e300, -1e300, 0.5, Number.POSITIVE_INFINITY),
  )
}

function arrayNear({ items, minItems = 0, maxItems = 3 }: ArraySchema, odds: number): Arbitrary<readonly unknown[]> {
  const sizes = [0, minItems, maxItems, maxItems + 1].filter((size) => size <= 33)
  return mostly(
    odds,
    fc.array(near(items, odds), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 2) }),
    fc.tuple(fc.constantFrom(...sizes), near(items, odds)).map(([size, item]) => Array<unknown>(size).fill(item)),
  )
}

function objectNear(schema: ObjectSchema, odds: number): Arbitrary<object> {
  if ('additionalProperties' in schema) return fc.dictionary(names, near(schema.additionalProperties, odds), { maxKeys: 3, noNullPrototype: true })
  const fields = Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, near(field, odds)]))
  const record = (requiredKeys: readonly string[]): Arbitrary<object> => fc.record(fields, { requiredKeys: [...requiredKeys], noNullPrototype: true })
  const extra = fc.dictionary(names, wrongTypes, { maxKeys: 1, noNullPrototype: true })
  return fc.tuple(mostly(odds, record(schema.required ?? []), record([])), extra).map(([known, unknown]) => ({ ...unknown, ...known }))
}

function ofType(schema: Schema, odds: number): Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return mostly(odds, validText(schema), textEdges(schema))
    case 'integer':
      return integerNear(schema, odds)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return arrayNear(schema, odds)
    case 'object':
      return objectNear(schema, odds)
  }
}

/** JSON values that a schema accepts or almost accepts. Each part is valid `odds` to one. */
export function near(schema: Schema, odds = 20): Arbitrary<unknown> {
  return mostly(odds, ofType(schema, odds), wrongTypes)
}
