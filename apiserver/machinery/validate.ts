import type { Schema } from '../../domain/schema.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import type { Json, JsonObject } from '../storage/port.ts'

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const typeOf = (value: Json): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'integer'
          : 'number'
        : typeof value

type Problem = { readonly reason: string; readonly message: string }

const invalid = (message: string): Problem => ({ reason: 'FieldValueInvalid', message: `Invalid value: ${message}` })

/** RFC 3339, as metav1.Time writes it. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function stringProblem(schema: Extract<Schema, { type: 'string' }>, value: string): Problem | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return { reason: 'FieldValueNotSupported', message: `Unsupported value: supported values: ${schema.enum.map((one) => `"${one}"`).join(', ')}` }
  }
  if (schema.minLength !== undefined && value.length < schema.minLength)
    return schema.minLength === 1
      ? { reason: 'FieldValueRequired', message: 'Required value' }
      : invalid(`at least ${schema.minLength} characters are expected`)
  if (schema.maxLength !== undefined && value.length > schema.maxLength)
    return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${schema.maxLength} characters` }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return invalid(`must match ${schema.pattern}`)
  if (schema.format === 'date-time' && (!DATE_TIME.test(value) || Number.isNaN(Date.parse(value))))
    return invalid('a time as in 2006-01-02T15:04:05Z is expected')
  return undefined
}

function integerProblem(schema: Extract<Schema, { type: 'integer' }>, value: number): Problem | undefined {
  if (!Number.isSafeInteger(value)) return invalid('too large')
  if (schema.minimum !== undefined && value < schema.minimum) return invalid(`must be greater than or equal to ${schema.minimum}`)
  const most = schema.maximum ?? (schema.format === 'int32' ? 2_147_483_647 : undefined)
  return most !== undefined && value > most ? invalid(`must be less than or equal to ${most}`) : undefined
}

/**
 * What of a value does not fit its schema, with field paths. Unknown fields are not reported here: `unknownFields` finds them,
 * since `fieldValidation` says what to do about them. Null counts as left out, as in Go.
 */
export function problems(schema: Schema, value: Json, path: string): readonly StatusCause[] {
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
      const items = value as readonly Json[]
      const size =
        schema.minItems !== undefined && items.length < schema.minItems
          ? { reason: 'FieldValueRequired', message: 'Required value' }
          : schema.maxItems !== undefined && items.length > schema.maxItems
            ? { reason: 'FieldValueTooMany', message: `Too many: ${items.length}: must have at most ${schema.maxItems} items` }
            : undefined
      return [...cause(size), ...items.flatMap((item, index) => problems(schema.items, item, `${path}[${index}]`))]
    }
    case 'object': {
      const object = value as JsonObject
      if ('additionalProperties' in schema)
        return Object.entries(object).flatMap(([key, item]) => problems(schema.additionalProperties, item, `${path}[${key}]`))
      const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(object, name) || object[name] === null)
      return [
        ...missing.map((name) => ({ reason: 'FieldValueRequired', message: 'Required value', field: `${path}.${name}` })),
        ...Object.entries(schema.properties).flatMap(([name, field]) =>
          Object.hasOwn(object, name) && object[name] !== null ? problems(field, object[name] as Json, `${path}.${name}`) : [],
        ),
      ]
    }
  }
}

/** Paths of fields that the schema does not know. */
export function unknownFields(schema: Schema, value: Json, path: string): readonly string[] {
  if (schema.type === 'array')
    return Array.isArray(value) ? value.flatMap((item: Json, index) => unknownFields(schema.items, item, `${path}[${index}]`)) : []
  if (schema.type !== 'object' || !isObject(value)) return []
  if ('additionalProperties' in schema)
    return Object.entries(value).flatMap(([key, item]) => unknownFields(schema.additionalProperties, item, `${path}.${key}`))
  return Object.entries(value).flatMap(([name, item]) => {
    const field = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    return field === undefined ? [`${path}.${name}`] : unknownFields(field, item, `${path}.${name}`)
  })
}

/** The value without the fields that the schema does not know and without nulls: what is stored. */
export function prune(schema: Schema, value: Json): Json {
  if (schema.type === 'array') return Array.isArray(value) ? value.map((item: Json) => prune(schema.items, item)) : value
  if (schema.type !== 'object' || !isObject(value)) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null)
  if ('additionalProperties' in schema) return Object.fromEntries(entries.map(([key, item]) => [key, prune(schema.additionalProperties, item)]))
  return Object.fromEntries(
    entries.flatMap(([name, item]) => {
      const field = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
      return field === undefined ? [] : [[name, prune(field, item)]]
    }),
  )
}
