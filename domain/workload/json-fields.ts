/** A JSON object with unknown fields. */
export type Fields = { readonly [key: string]: unknown }

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The field as an object; empty when it is not one. */
export function fieldsAt(node: Fields, key: string): Fields {
  const value = node[key]
  return isFields(value) ? value : {}
}

/** The objects of a list; empty when the field is not a list. */
export function itemsAt(node: Fields, key: string): readonly Fields[] {
  const value = node[key]
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isFields) : []
}

/** The field as text; empty when it is not a string. */
export function textAt(node: Fields, key: string): string {
  const value = node[key]
  return typeof value === 'string' ? value : ''
}
