import type { ErrorObject } from 'ajv'
import type { Schema } from '../../domain/api/schema.ts'
import type { CauseReason } from '../../domain/cause-reasons.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import { MAX_INT32 } from './compile.ts'

type Problem = { readonly reason: CauseReason; readonly message: string }

const REQUIRED: Problem = { reason: 'FieldValueRequired', message: 'Required value' }

const invalid = (message: string): Problem => ({ reason: 'FieldValueInvalid', message: `Invalid value: ${message}` })

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** A number outside of its bounds. Above the safe integers, JSON.parse has already rounded the number, so no bound is named. */
const outside = ({ data }: ErrorObject, bound: string): Problem => invalid(Number.isSafeInteger(data) ? `must be ${bound}` : 'too large')

const formProblem = (error: ErrorObject): Problem =>
  error.schema === 'date-time' ? invalid('a time as in 2006-01-02T15:04:05Z is expected') : outside(error, `less than or equal to ${MAX_INT32}`)

/** The wording of k8s.io/apimachinery for each keyword of the schema language. Only types and sizes of the input are quoted. */
const WORDING: { readonly [keyword: string]: (error: ErrorObject) => Problem } = {
  required: () => REQUIRED,
  type: ({ data, schema }) => ({
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: "${typeOf(data)}": must be of type ${String(schema)}`,
  }),
  enum: ({ schema }) => ({
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: supported values: ${(schema as readonly string[]).map((one) => `"${one}"`).join(', ')}`,
  }),
  maxLength: ({ schema }) => ({ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${String(schema)} characters` }),
  minLength: ({ schema }) => (schema === 1 ? REQUIRED : invalid(`at least ${String(schema)} characters are expected`)),
  pattern: ({ schema }) => invalid(`must match ${String(schema)}`),
  format: formProblem,
  minimum: (error) => outside(error, `greater than or equal to ${String(error.schema)}`),
  maximum: (error) => outside(error, `less than or equal to ${String(error.schema)}`),
  minItems: () => REQUIRED,
  maxItems: ({ data, schema }) => ({
    reason: 'FieldValueTooMany',
    message: `Too many: ${(data as readonly unknown[]).length}: must have at most ${String(schema)} items`,
  }),
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')

/** Characters of a key of a map that a field path repeats. */
const MAX_KEY = 256

/** The field path of a JSON pointer: `spec.rules[0].verbs`, and `spec.extra[key]` for an entry of a map. */
function fieldOf(schema: Schema, path: string, pointer: string): string {
  let at: Schema | undefined = schema
  let field = path
  for (const name of pointer.split('/').slice(1).map(unescaped)) {
    const isProperty: boolean = at?.type === 'object' && 'properties' in at
    field += isProperty ? `.${name}` : `[${name.length > MAX_KEY ? `${name.slice(0, MAX_KEY)}…` : name}]`
    at = below(at, name)
  }
  return field
}

function below(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema?.type === 'array') return schema.items
  if (schema?.type !== 'object') return undefined
  return 'additionalProperties' in schema ? schema.additionalProperties : schema.properties[name]
}

/** JSON pointer of the value that an error is about. A missing field has no error of its own. */
const pointerOf = ({ keyword, instancePath, params }: ErrorObject): string =>
  keyword === 'required' ? `${instancePath}/${escaped(String(params['missingProperty']))}` : instancePath

/**
 * The causes of a Status for the errors of a schema that was compiled with `verbose`: one for each field, in the order of the schema.
 * @param root the schema, and the path of the value that it describes
 */
export function fieldCauses(root: { readonly schema: Schema; readonly path: string }, errors: readonly ErrorObject[]): readonly StatusCause[] {
  const first = new Map<string, ErrorObject>()
  for (const error of errors) {
    const pointer = pointerOf(error)
    if (!first.has(pointer)) first.set(pointer, error)
  }
  return [...first].map(([pointer, error]) => ({
    ...(WORDING[error.keyword]?.(error) ?? invalid(error.message ?? 'does not match the schema')),
    field: fieldOf(root.schema, root.path, pointer),
  }))
}
