import type { ArraySchema, Schema } from '../../domain/api/schema.ts'
import type { Json, JsonObject } from '../storage/port.ts'
import { isObject } from '../../domain/is-object.ts'

/** A part of a value that can be owned separately. `item`: an entry of a list or map, which is a field itself in addition to its content. */
export type FieldPart = { readonly schema: Schema; readonly value: Json; readonly item: boolean }

/** The schema of one field of an object; undefined for an unknown field. */
export function fieldSchema(schema: Extract<Schema, { type: 'object' }>, name: string): Schema | undefined {
  if ('additionalProperties' in schema) return schema.additionalProperties
  return Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
}

/** The path element of a list item; undefined for atomic lists, which are not merged by item. */
export function itemElement(schema: ArraySchema, item: Json): string | undefined {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return `v:${JSON.stringify(item)}`
  if (type !== 'map' || !isObject(item)) return undefined
  const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort()
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, item[key] ?? null])))}`
}

function objectParts(schema: Extract<Schema, { type: 'object' }>, value: JsonObject): ReadonlyMap<string, FieldPart> {
  const item = 'additionalProperties' in schema
  return new Map(
    Object.entries(value).flatMap(([name, field]): [string, FieldPart][] => {
      const known = fieldSchema(schema, name)
      return known === undefined ? [] : [[`f:${name}`, { schema: known, value: field, item }]]
    }),
  )
}

/** The parts of a value by path element; undefined when the value is a single field: a scalar or an atomic list. */
export function partsOf(schema: Schema, value: Json | undefined): ReadonlyMap<string, FieldPart> | undefined {
  if (schema.type === 'object') return isObject(value) ? objectParts(schema, value) : undefined
  if (schema.type !== 'array' || !Array.isArray(value)) return undefined
  const parts = new Map<string, FieldPart>()
  for (const item of value as readonly Json[]) {
    const element = itemElement(schema, item)
    if (element === undefined) return undefined
    parts.set(element, { schema: schema.items, value: item, item: true })
  }
  return parts
}
