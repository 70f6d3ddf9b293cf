import type { Reveal } from '../api/rules.ts'

/** Identifies one key of one entry, for a choice. */
export const revealChoice = (index: number, key: string): string => `${index}/${key}`

/** The keys that an approver keeps: each entry with the keys whose {@link revealChoice} is in `kept`. Entries without one are gone. */
export const keptReveals = (reveals: readonly Reveal[], kept: ReadonlySet<string>): readonly Reveal[] =>
  reveals.flatMap((reveal, index) => {
    const keys = reveal.keys.filter((key) => kept.has(revealChoice(index, key)))
    return keys.length === 0 ? [] : [{ ...reveal, keys }]
  })
