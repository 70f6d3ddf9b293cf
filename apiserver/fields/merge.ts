import type { ArraySchema, Schema } from '../../domain/api/schema.ts'
import type { Json } from '../storage/port.ts'
import { NONE, type FieldSet } from './field-set.ts'
import { isObject } from '../../domain/is-object.ts'
import { fieldSchema, itemElement } from './field-parts.ts'

function mergeList(schema: ArraySchema, live: readonly Json[], config: readonly Json[]): Json {
  const wanted = new Map(config.map((item) => [itemElement(schema, item) ?? '', item]))
  const kept = live.map((item) => {
    const element = itemElement(schema, item) ?? ''
    const over = wanted.get(element)
    wanted.delete(element)
    return over === undefined ? item : merge(schema.items, item, over)
  })
  return [...kept, ...wanted.values()]
}

/** Merges the applied configuration into the live value: objects and keyed lists item by item, everything else as a whole. */
export function merge(schema: Schema, live: Json | undefined, config: Json): Json {
  if (schema.type === 'object' && isObject(live) && isObject(config)) {
    const fields = Object.entries(config).map(([name, value]): [string, Json] => {
      const known = fieldSchema(schema, name)
      return [name, known === undefined ? value : merge(known, live[name], value)]
    })
    return { ...live, ...Object.fromEntries(fields) }
  }
  if (schema.type === 'array' && schema['x-kubernetes-list-type'] !== undefined && schema['x-kubernetes-list-type'] !== 'atomic') {
    if (Array.isArray(live) && Array.isArray(config)) return mergeList(schema, live as readonly Json[], config as readonly Json[])
  }
  return config
}

/** Selects the fields to remove. `last`: applied by the manager before. `owned`: owned by any manager now. */
export type Prunable = { readonly last: FieldSet; readonly owned: FieldSet }

const below = ({ last, owned }: Prunable, element: string): Prunable & { readonly had: boolean; readonly free: boolean } => {
  const [hadSet, ownedSet] = [last.children.get(element), owned.children.get(element)]
  return { last: hadSet ?? NONE, owned: ownedSet ?? NONE, had: hadSet !== undefined, free: ownedSet === undefined }
}

/** Removes the fields that a manager applied before, no longer applies, and no other manager owns. */
export function prune(schema: Schema, value: Json, which: Prunable): Json {
  if (schema.type === 'object' && isObject(value)) {
    const kept = Object.entries(value).flatMap(([name, field]): [string, Json][] => {
      const inner = below(which, `f:${name}`)
      if (inner.had && inner.free) return []
      const known = fieldSchema(schema, name)
      return [[name, inner.had && known !== undefined ? prune(known, field, inner) : field]]
    })
    return Object.fromEntries(kept)
  }
  if (schema.type !== 'array' || !Array.isArray(value)) return value
  return (value as readonly Json[]).flatMap((item) => {
    const inner = below(which, itemElement(schema, item) ?? '')
    if (inner.last.member && inner.free) return []
    return [inner.had ? prune(schema.items, item, inner) : item]
  })
}
