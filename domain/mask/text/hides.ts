import type { FilterOptions } from '../masker-options.ts'
import type { Hides } from '../match/matcher.ts'

/**
 * Decides which known values are hidden: not those that the request itself contained, nor the pieces that it contained, and not those that
 * are exempt in every Secret that contains them. Returns undefined if all are hidden.
 */
export function hidesOf({ said, exempt }: Pick<FilterOptions, 'said' | 'exempt'>): Hides | undefined {
  if (said === undefined && exempt === undefined) return undefined
  return (value, pattern) => {
    if (said?.has(value) === true || said?.has(pattern) === true) return false
    return exempt === undefined || !value.sources.every(exempt)
  }
}
