import type { FilterOptions } from '../masker-options.ts'
import type { Hides } from '../match/matcher.ts'

/**
 * Which known values are hidden: not those that the request itself said, and not those that are exempt in every Secret that holds
 * them. Undefined: all are.
 */
export function hidesOf({ said, exempt }: Pick<FilterOptions, 'said' | 'exempt'>): Hides | undefined {
  if (said === undefined && exempt === undefined) return undefined
  return (value) => {
    if (said?.has(value) === true) return false
    return exempt === undefined || !value.sources.every(exempt)
  }
}
