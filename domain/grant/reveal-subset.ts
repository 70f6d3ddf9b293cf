import type { Reveal } from '../api/rules.ts'

const revealWithin = (narrow: Reveal, wide: Reveal): boolean =>
  narrow.namespace === wide.namespace && narrow.secret === wide.secret && narrow.keys.every((key) => wide.keys.includes(key))

/** Whether each narrow entry is a subset of one of the wide entries. */
export const isRevealSubset = (narrow: readonly Reveal[], wide: readonly Reveal[]): boolean =>
  narrow.every((entry) => wide.some((other) => revealWithin(entry, other)))
