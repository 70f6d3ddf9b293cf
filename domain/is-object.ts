/** Whether a parsed JSON value is an object: not null and not an array. */
export const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether objects and arrays in a parsed JSON value are nested more than `levels` deep. Recursion ends at that depth. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1))
}
