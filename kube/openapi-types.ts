import { ANY, type FieldType } from '../domain/field-type.ts'

/** A schema of OpenAPI v3, as kube-apiserver publishes it. */
export type OpenApiSchema = {
  readonly $ref?: string
  readonly allOf?: readonly OpenApiSchema[]
  readonly type?: string
  readonly properties?: { readonly [name: string]: OpenApiSchema }
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly items?: OpenApiSchema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
}
export type OpenApiSchemas = { readonly [name: string]: OpenApiSchema }

const PREFIX = '#/components/schemas/'
const SCALARS: ReadonlySet<unknown> = new Set(['string', 'integer', 'number', 'boolean'])
/** A longer chain of references is treated as circular. */
const MAX_REFERENCES = 16

/** Follows references. Kubernetes wraps a reference that has a default or a description of its own in an `allOf` with one element. */
function resolved(schema: OpenApiSchema, all: OpenApiSchemas): OpenApiSchema {
  let at = schema
  for (let step = 0; step < MAX_REFERENCES; step++) {
    const [only, ...more] = at.allOf ?? []
    if (at.$ref !== undefined) at = (at.$ref.startsWith(PREFIX) ? all[at.$ref.slice(PREFIX.length)] : undefined) ?? {}
    else if (only !== undefined && more.length === 0 && at.properties === undefined) at = only
    else return at
  }
  return {}
}

const isOpen = (schema: OpenApiSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-embedded-resource'] === true || schema.additionalProperties === true

function objectType(schema: OpenApiSchema, all: OpenApiSchemas): FieldType {
  const { properties = {}, additionalProperties } = schema
  if (Object.keys(properties).length === 0)
    return typeof additionalProperties === 'object' ? { kind: 'map', of: typeOf(additionalProperties, all) } : ANY
  if (isOpen(schema) || typeof additionalProperties === 'object') return ANY
  return {
    kind: 'object',
    field: (name) => (Object.hasOwn(properties, name) ? typeOf(properties[name] ?? {}, all) : undefined),
  }
}

/** Converts a schema to a type. Open schemas, and constructs that are not supported here, become ANY. */
export function typeOf(schema: OpenApiSchema, all: OpenApiSchemas): FieldType {
  const at = resolved(schema, all)
  if (at.type === 'array')
    return {
      kind: 'list',
      get of() {
        return typeOf(at.items ?? {}, all)
      },
    }
  if (SCALARS.has(at.type)) return { kind: 'scalar' }
  return at.type === 'object' || at.properties !== undefined ? objectType(at, all) : ANY
}

/** Removes descriptions, defaults and validations, which are most of a schema. */
export function withoutDescriptions(schema: OpenApiSchema): OpenApiSchema {
  const { $ref, allOf, type, properties, additionalProperties, items } = schema
  return {
    ...(isOpen(schema) ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    ...($ref === undefined ? {} : { $ref }),
    ...(type === undefined ? {} : { type }),
    ...(allOf === undefined ? {} : { allOf: allOf.map(withoutDescriptions) }),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, withoutDescriptions(each)])) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: typeof additionalProperties === 'object' ? withoutDescriptions(additionalProperties) : additionalProperties }),
    ...(items === undefined ? {} : { items: withoutDescriptions(items) }),
  }
}
