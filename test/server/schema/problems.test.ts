import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Schema } from '../../../domain/api/schema.ts'
import type { StatusCause } from '../../../domain/status-error.ts'
import { MAX_NAME, MAX_VALUES, problems } from '../../../server/schema/problems.ts'
import { near } from './near.ts'
import { expectedCauses } from './slow-schema.ts'
import { SCHEMAS } from './schemas.ts'

const sizeOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, item) => sum + sizeOf(item), 1) : 1

test.each(SCHEMAS)('%s has the causes that the reference expects', (_, schema) => {
  const verdicts = new Set<boolean>()
  fc.assert(
    // Half of the values are almost never wrong: at lower odds, a kind with many fields is hardly ever valid.
    fc.property(fc.oneof(near(schema), near(schema, 1000)), (value) => {
      const before = structuredClone(value)
      const expected = expectedCauses(schema, value, 'spec')
      expect(problems(schema, value, 'spec')).toEqual(sizeOf(value) > MAX_VALUES ? expected.slice(0, 1) : expected)
      expect(value).toEqual(before)
      verdicts.add(expected.length === 0)
    }),
    { numRuns: 150, examples: [[7]] },
  )
  expect(verdicts).toEqual(new Set([true, false]))
})

const text = (bounds: object): Schema => ({ type: 'string', description: 'A text.', ...bounds })
const number = (bounds: object): Schema => ({ type: 'integer', format: 'int32', description: 'A number.', ...bounds })
const list = (bounds: object): Schema => ({ type: 'array', description: 'A list.', items: text({}), ...bounds })

test.each<[string, Schema, unknown, Omit<StatusCause, 'field'>]>([
  ['a wrong type', text({}), 7, { reason: 'FieldValueTypeInvalid', message: 'Invalid value: "integer": must be of type string' }],
  [
    'another word',
    text({ enum: ['Allow', 'Deny'] }),
    'allow',
    { reason: 'FieldValueNotSupported', message: 'Unsupported value: supported values: "Allow", "Deny"' },
  ],
  ['a long text', text({ maxLength: 2 }), 'abc', { reason: 'FieldValueTooLong', message: 'Too long: may not be more than 2 characters' }],
  [
    'two code units over',
    text({ maxLength: 1 }),
    '\u{1F600}',
    { reason: 'FieldValueTooLong', message: 'Too long: may not be more than 1 characters' },
  ],
  ['an empty text', text({ minLength: 1, pattern: '^a' }), '', { reason: 'FieldValueRequired', message: 'Required value' }],
  ['a short text', text({ minLength: 3 }), 'ab', { reason: 'FieldValueInvalid', message: 'Invalid value: at least 3 characters are expected' }],
  ['a text of another form', text({ pattern: '^[a-z]+$' }), 'A', { reason: 'FieldValueInvalid', message: 'Invalid value: must match ^[a-z]+$' }],
  [
    'no time',
    text({ format: 'date-time' }),
    'now',
    { reason: 'FieldValueInvalid', message: 'Invalid value: a time as in 2006-01-02T15:04:05Z is expected' },
  ],
  ['a small number', number({ minimum: 1 }), 0, { reason: 'FieldValueInvalid', message: 'Invalid value: must be greater than or equal to 1' }],
  ['a large number', number({ maximum: 9 }), 10, { reason: 'FieldValueInvalid', message: 'Invalid value: must be less than or equal to 9' }],
  ['no int32', number({}), 2 ** 31, { reason: 'FieldValueInvalid', message: 'Invalid value: must be less than or equal to 2147483647' }],
  ['a rounded number', number({ maximum: 9 }), 2 ** 53, { reason: 'FieldValueInvalid', message: 'Invalid value: too large' }],
  ['an empty list', list({ minItems: 1 }), [], { reason: 'FieldValueRequired', message: 'Required value' }],
  ['a long list', list({ maxItems: 1 }), ['a', 'b'], { reason: 'FieldValueTooMany', message: 'Too many: 2: must have at most 1 items' }],
])('%s is refused in the wording of Kubernetes', (_, schema, value, cause) => {
  expect(problems(schema, value, 'spec.field')).toEqual([{ ...cause, field: 'spec.field' }])
})

test('null in a list has a wrong type', () => {
  expect(problems(list({}), ['a', null], 'spec.field')).toEqual([
    { reason: 'FieldValueTypeInvalid', message: 'Invalid value: "null": must be of type string', field: 'spec.field[1]' },
  ])
})

test('causes never quote a value', () => {
  for (const [, schema] of SCHEMAS) {
    // Words that no schema contains. Keys of maps are part of the field path, as in Kubernetes.
    const secret = fc.constantFrom('hunter2-aaaa', 'hunter2-bbbb\u0000')
    const leaky = fc.oneof(
      near(schema),
      fc.record({ name: secret, verbs: fc.array(secret), rules: fc.array(fc.record({ effect: secret, verbs: secret })) }),
    )
    fc.assert(
      fc.property(leaky, (value) => {
        expect(JSON.stringify(problems(schema, value, 'spec'))).not.toContain('hunter2')
      }),
      { numRuns: 30 },
    )
  }
})

const wrong = (count: number): readonly unknown[] => Array<unknown>(count).fill(7)

describe('a large value', () => {
  it('has all of its causes up to the limit', () => expect(problems(list({}), wrong(MAX_VALUES - 1), 'spec')).toHaveLength(MAX_VALUES - 1))

  it('has its first cause above the limit', () =>
    expect(problems(list({}), wrong(MAX_VALUES), 'spec')).toEqual([
      { reason: 'FieldValueTypeInvalid', message: 'Invalid value: "integer": must be of type string', field: 'spec[0]' },
    ]))

  it('is refused for a problem at its end', () => expect(problems(list({}), [...Array<string>(MAX_VALUES).fill('x'), 7], 'spec')).toHaveLength(1))

  it.each([MAX_NAME + 1, 100_000])('has only its first cause if a name in it has %i characters, and repeats only a part of it', (length) => {
    const map: Schema = { type: 'object', description: 'A map.', additionalProperties: list({}) }
    const causes = problems(map, { ['k'.repeat(length)]: Array<number>(5_000).fill(0) }, 'spec')
    expect(causes.map(({ field }) => field)).toEqual([`spec[${'k'.repeat(256)}…][0]`])
    expect(problems(map, { ['k'.repeat(MAX_NAME)]: [0, 0] }, 'spec')).toHaveLength(2)
    expect(problems(map, { ['k'.repeat(length)]: Array<string>(5_000).fill('x') }, 'spec')).toEqual([])
  })

  it('is accepted when it is valid', () => expect(problems(list({}), Array<string>(MAX_VALUES).fill('x'), 'spec')).toEqual([]))

  it('may be nested deeply', () => {
    let deep: unknown = 7
    for (let level = 0; level < 100_000; level += 1) deep = [deep]
    expect(problems(list({}), [deep], 'spec')).toHaveLength(1)
  })
})
