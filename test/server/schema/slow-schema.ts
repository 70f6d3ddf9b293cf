import type { Schema } from '../../../domain/api/schema.ts'
import type { CauseReason } from '../../../domain/cause-reasons.ts'
import type { StatusCause } from '../../../domain/status-error.ts'

const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'integer'
          : 'number'
        : typeof value

type Problem = { readonly reason: CauseReason; readonly message: string }

const invalid = (message: string): Problem => ({ reason: 'FieldValueInvalid', message: `Invalid value: ${message}` })

/** RFC 3339, as metav1.Time writes it. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

type StringSchema = Extract<Schema, { type: 'string' }>

function lengthProblem({ minLength = 0, maxLength = Number.POSITIVE_INFINITY }: StringSchema, { length }: string): Problem | undefined {
  if (length > maxLength) return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxLength} characters` }
  if (length >= minLength) return undefined
  return minLength === 1 ? { reason: 'FieldValueRequired', message: 'Required value' } : invalid(`at least ${minLength} characters are expected`)
}

function formProblem({ pattern, format }: StringSchema, value: string): Problem | undefined {
  if (pattern !== undefined && !new RegExp(pattern).test(value)) return invalid(`must match ${pattern}`)
  const isTime = DATE_TIME.test(value) && !Number.isNaN(Date.parse(value))
  return format === 'date-time' && !isTime ? invalid('a time as in 2006-01-02T15:04:05Z is expected') : undefined
}

function stringProblem(schema: StringSchema, value: string): Problem | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return { reason: 'FieldValueNotSupported', message: `Unsupported value: supported values: ${schema.enum.map((one) => `"${one}"`).join(', ')}` }
  return lengthProblem(schema, value) ?? formProblem(schema, value)
}

function integerProblem(schema: Extract<Schema, { type: 'integer' }>, value: number): Problem | undefined {
  if (!Number.isSafeInteger(value)) return invalid('too large')
  if (schema.minimum !== undefined && value < schema.minimum) return invalid(`must be greater than or equal to ${schema.minimum}`)
  const most = schema.maximum ?? (schema.format === 'int32' ? 2_147_483_647 : undefined)
  return most !== undefined && value > most ? invalid(`must be less than or equal to ${most}`) : undefined
}

function sizeProblem({ minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Extract<Schema, { type: 'array' }>, size: number): Problem | undefined {
  if (size < minItems) return { reason: 'FieldValueRequired', message: 'Required value' }
  return size > maxItems ? { reason: 'FieldValueTooMany', message: `Too many: ${size}: must have at most ${maxItems} items` } : undefined
}

function objectProblems(
  schema: Extract<Schema, { type: 'object' }>,
  object: { readonly [field: string]: unknown },
  path: string,
): readonly StatusCause[] {
  if ('additionalProperties' in schema)
    return Object.entries(object).flatMap(([key, item]) => expectedCauses(schema.additionalProperties, item, `${path}[${key}]`))
  const given = new Map(Object.entries(object).filter(([, value]) => value !== null))
  const missing = (schema.required ?? []).filter((name) => !given.has(name))
  return [
    ...missing.map((name): StatusCause => ({ reason: 'FieldValueRequired', message: 'Required value', field: `${path}.${name}` })),
    ...Object.entries(schema.properties).flatMap(([name, field]) => {
      const value = given.get(name)
      return value === undefined ? [] : expectedCauses(field, value, `${path}.${name}`)
    }),
  ]
}

/**
 * What a schema means, written without a validator: the verdict, the field, the wording and the order of every cause. The reference that `problems` is
 * compared with. Unknown fields are not causes, null counts as absent in an object, and of several problems of one field the first is reported.
 */
export function expectedCauses(schema: Schema, value: unknown, path: string): readonly StatusCause[] {
  const cause = (problem: Problem | undefined): readonly StatusCause[] => (problem === undefined ? [] : [{ ...problem, field: path }])
  if (typeOf(value) !== schema.type)
    return [{ reason: 'FieldValueTypeInvalid', message: `Invalid value: "${typeOf(value)}": must be of type ${schema.type}`, field: path }]
  switch (schema.type) {
    case 'string':
      return cause(stringProblem(schema, value as string))
    case 'integer':
      return cause(integerProblem(schema, value as number))
    case 'boolean':
      return []
    case 'array': {
      const items = value as readonly unknown[]
      return [...cause(sizeProblem(schema, items.length)), ...items.flatMap((item, index) => expectedCauses(schema.items, item, `${path}[${index}]`))]
    }
    case 'object':
      return objectProblems(schema, value as { readonly [field: string]: unknown }, path)
  }
}
