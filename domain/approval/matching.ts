/** `of[person]`: the groups that a person belongs to. `places[group]`: how many persons it needs. */
export type Sought = { readonly of: readonly (readonly number[])[]; readonly places: readonly number[] }
/** `open[group]`: places that stay open. `filledBy[group]`: the persons that count for it. */
export type Matching = { readonly open: readonly number[]; readonly filledBy: readonly (readonly number[])[] }

/**
 * A maximum assignment of persons to the places of groups, each person to one place at most, by augmenting paths. A greedy assignment would depend
 * on the order of the persons and could leave a place open that another assignment fills.
 */
export function matching({ of, places }: Sought): Matching {
  const filledBy: number[][] = places.map(() => [])

  /** Finds a place for a person, if need be by moving others. `seen`: the groups that were tried already. */
  const seat = (person: number, seen: Set<number>): boolean => {
    for (const group of of[person] ?? []) {
      const filled = filledBy[group]
      if (filled === undefined || seen.has(group)) continue
      seen.add(group)
      if (filled.length < (places[group] ?? 0)) {
        filled.push(person)
        return true
      }
      for (const [index, other] of filled.entries()) {
        if (!seat(other, seen)) continue
        filled[index] = person
        return true
      }
    }
    return false
  }

  for (const person of of.keys()) seat(person, new Set())
  return { open: places.map((count, group) => count - (filledBy[group]?.length ?? 0)), filledBy }
}

/**
 * The groups a further person of which would fill an open place of a group: the group itself, and those whose persons can move to it, directly or
 * by way of others.
 */
export function reaching(group: number, { of }: Sought, { filledBy }: Matching): readonly number[] {
  const found = [group]
  for (const target of found)
    for (const [other, persons] of filledBy.entries())
      if (!found.includes(other) && persons.some((person) => of[person]?.includes(target) === true)) found.push(other)
  return found.toSorted((a, b) => a - b)
}
