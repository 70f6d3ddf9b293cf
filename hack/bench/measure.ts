/** One way to the same answer; `once` resolves when the whole answer was read and rejects on any other. */
export type Arm = { readonly name: string; once(): Promise<void>; close(): Promise<void> }

/** Milliseconds, one a call. */
export type Samples = { readonly name: string; readonly ms: readonly number[] }

export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) throw new RangeError('no samples')
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/**
 * Calls the arms one call at a time in rounds, forth and back (ABC CBA), so that what else the machine does meets all of them.
 * The first `warm` calls of each are thrown away: connections, tokens and caches are made in them.
 */
export async function interleaved(
  arms: readonly Arm[],
  rounds: number,
  { warm, perRound }: { readonly warm: number; readonly perRound: number },
): Promise<readonly Samples[]> {
  const samples = new Map<string, number[]>(arms.map(({ name }) => [name, []]))
  for (const arm of arms) for (let call = 0; call < warm; call += 1) await arm.once()
  for (let round = 0; round < rounds; round += 1) {
    for (const arm of round % 2 === 0 ? arms : arms.toReversed()) {
      const taken = samples.get(arm.name) ?? []
      for (let call = 0; call < perRound; call += 1) {
        const started = performance.now()
        await arm.once()
        taken.push(performance.now() - started)
      }
    }
  }
  return arms.map(({ name }) => ({ name, ms: (samples.get(name) ?? []).toSorted((a, b) => a - b) }))
}
