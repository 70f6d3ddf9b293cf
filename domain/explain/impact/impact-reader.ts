/** Result of a read: the object, that it does not exist, or that it cannot be read. */
export type Reading<T> = { readonly is: 'there'; readonly value: T } | { readonly is: 'absent' } | { readonly is: 'unreadable'; readonly why: string }

/** Reads what a request touches. Bounded in number and time by who makes it. Changes nothing. */
export type ImpactReader = {
  /** `metadataOnly`: of a list, names are enough. Optional. Defaults to whole objects. */
  read<T>(path: string, options?: { readonly metadataOnly?: boolean }): Promise<Reading<T>>
  /** The number of objects of a kind in a namespace. Never reads their contents. */
  count(resource: string, namespace: string): Promise<Reading<number>>
}

/** Why something is not shown, for people. */
export const formatUnreadable = (reading: Exclude<Reading<unknown>, { readonly is: 'there' }>): string =>
  reading.is === 'absent' ? 'does not exist' : `could not be read: ${reading.why}`
