/** One path to the same response. `once` resolves when the whole response was read and rejects on any other outcome. */
export type Variant = { readonly name: string; once(): Promise<void>; close(): Promise<void> }

/** Milliseconds, one entry for each call. */
export type Samples = { readonly name: string; readonly ms: readonly number[] }

export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) throw new RangeError('no samples')
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/**
 * Calls the variants one at a time in rounds, forwards and backwards (ABC CBA), so that other load on the machine affects all of them. The
 * first `warm` calls of each variant are discarded: they open connections, obtain tokens and fill caches.
 */
export async function interleaved(
  variants: readonly Variant[],
  rounds: number,
  { warm, perRound }: { readonly warm: number; readonly perRound: number },
): Promise<readonly Samples[]> {
  const samples = new Map<string, number[]>(variants.map(({ name }) => [name, []]))
  for (const variant of variants) for (let call = 0; call < warm; call += 1) await variant.once()
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const taken = samples.get(variant.name) ?? []
      for (let call = 0; call < perRound; call += 1) {
        const started = performance.now()
        await variant.once()
        taken.push(performance.now() - started)
      }
    }
  }
  return variants.map(({ name }) => ({ name, ms: (samples.get(name) ?? []).toSorted((a, b) => a - b) }))
}
