import type { Schema } from '../../domain/api/schema.ts'
import { isObject } from '../../domain/is-object.ts'
import type { StatusCause } from '../../domain/status-error.ts'
import { compileSchema } from './compile.ts'
import { fieldCauses } from './field-causes.ts'

/** Values in a value, itself included, above which only its first problem is reported. The largest policies have some thousand. */
export const MAX_VALUES = 10_000
/** The same for the length of a name. Every error repeats the names above it, so their number times their length must stay small. */
export const MAX_NAME = 256

function isLarge(root: unknown): boolean {
  const left: unknown[] = [root]
  for (let count = 0; left.length > 0; count += 1) {
    if (count + left.length > MAX_VALUES) return true
    const value = left.pop()
    if (Array.isArray(value)) left.push(...value.slice(0, MAX_VALUES + 1))
    else if (isObject(value)) {
      for (const [name, item] of Object.entries(value)) {
        if (name.length > MAX_NAME) return true
        left.push(item)
      }
    }
  }
  return false
}

/** The value without the fields that are null, which counts as absent in Go. In a list or a map, null is a value of the wrong type. */
function withoutNulls(schema: Schema, value: unknown): unknown {
  if (schema.type === 'array') return Array.isArray(value) ? value.map((item: unknown) => withoutNulls(schema.items, item)) : value
  if (schema.type !== 'object' || !isObject(value)) return value
  if ('additionalProperties' in schema)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNulls(schema.additionalProperties, item)]))
  const known = Object.entries(schema.properties).filter(([name]) => Object.hasOwn(value, name) && value[name] !== null)
  return Object.fromEntries(known.map(([name, field]) => [name, withoutNulls(field, value[name])]))
}

/**
 * Validation errors of a JSON value against a schema, with field paths. Does not report unknown fields, since `fieldValidation` determines how they are
 * handled. Of a value with more than `MAX_VALUES` values, or with a name of more than `MAX_NAME` characters, only the first error is reported, so that a large
 * body costs no more than it weighs, and cannot turn into a larger refusal.
 * @param schema a constant: it is compiled once and kept
 */
export function problems(schema: Schema, value: unknown, path: string): readonly StatusCause[] {
  const validate = compileSchema(isLarge(value) ? 'first-error' : 'all-errors', schema)
  return validate(withoutNulls(schema, value)) ? [] : fieldCauses({ schema, path }, validate.errors ?? [])
}
