import type { Schema } from '../../domain/api/schema.ts'

/** One field of a schema, as a row of a reference page. */
export type Field = { readonly path: string; readonly type: string; readonly description: string }

function range(what: string, least?: number, most?: number): readonly string[] {
  if (least !== undefined && most !== undefined) return [`${least} to ${most}${what}`]
  if (least !== undefined) return [`at least ${least}${what}`]
  return most === undefined ? [] : [`at most ${most}${what}`]
}

function bounds(schema: Schema): readonly string[] {
  switch (schema.type) {
    case 'string':
      return [
        ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map((each) => `\`${each}\``).join(', ')}`]),
        ...range(' characters', schema.minLength, schema.maxLength),
        ...(schema.pattern === undefined ? [] : [`matches \`${schema.pattern}\``]),
      ]
    case 'integer':
      return range('', schema.minimum, schema.maximum)
    case 'array':
      return [...range(' items', schema.minItems, schema.maxItems), ...itemBounds(schema.items)]
    default:
      return []
  }
}

/** Bounds of each item, if items have no fields of their own that state them. */
function itemBounds(items: Schema): readonly string[] {
  if (items.type === 'object') return []
  const each = bounds(items)
  return each.length === 0 ? [] : [`each ${each.join(', ')}`]
}

function typeOf(schema: Schema): string {
  if (schema.type === 'array') return `[]${typeOf(schema.items)}`
  if (schema.type === 'object') return 'additionalProperties' in schema ? `map[string]${typeOf(schema.additionalProperties)}` : 'object'
  return schema.type === 'string' && schema.format !== undefined ? schema.format : schema.type
}

const described = (schema: Schema): string => {
  const said = bounds(schema)
  return said.length === 0 ? schema.description : `${schema.description} Value: ${said.join('; ')}.`
}

/** Every field below an object, in the order of the schema. Fields of list items have the prefix `path[]`. */
export function fieldsOf(schema: Schema, path: string): readonly Field[] {
  if (schema.type === 'array') return fieldsOf(schema.items, `${path}[]`)
  if (schema.type !== 'object' || 'additionalProperties' in schema) return []
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const below = path === '' ? name : `${path}.${name}`
    return [{ path: below, type: typeOf(property), description: described(property) }, ...fieldsOf(property, below)]
  })
}
