/** A JSON object of which nothing is known. */
export type Fields = { readonly [key: string]: unknown }

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The field as an object; an empty one where it is none. */
export function fieldsAt(node: Fields, key: string): Fields {
  const value = node[key]
  return isFields(value) ? value : {}
}

/** The objects of a list; none where it is no list. */
export function itemsAt(node: Fields, key: string): readonly Fields[] {
  const value = node[key]
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isFields) : []
}

/** The field as text; empty where it is none. */
export function textAt(node: Fields, key: string): string {
  const value = node[key]
  return typeof value === 'string' ? value : ''
}
