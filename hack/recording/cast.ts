/** One line of terminal output and when it was printed, in milliseconds from the start. */
export type TimedLine = { readonly atMs: number; readonly text: string }

/** Longest pause that is shown, so that viewers need not wait for a cluster to boot. */
const MAX_PAUSE_MS = 1200
/** Lines that were printed at once are shown this far apart, so that viewers can follow. */
const SHORTEST_PAUSE_MS = 45

/** The same lines at a pace that viewers can follow. */
export function paced(lines: readonly TimedLine[]): readonly TimedLine[] {
  let shown = 0
  let before = lines[0]?.atMs ?? 0
  return lines.map(({ atMs, text }) => {
    shown += Math.min(MAX_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, atMs - before))
    before = atMs
    return { atMs: shown, text }
  })
}
