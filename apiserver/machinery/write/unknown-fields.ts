import type { Schema } from '../../../domain/api/schema.ts'
import { isObject } from '../../../domain/is-object.ts'
import type { Json } from '../../storage/port.ts'

/** Paths of fields that are not in the schema. */
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

/** The value to store: without fields that are not in the schema, and without nulls. */
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
