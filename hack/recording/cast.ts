/** One line of a terminal and when it came, in milliseconds from the start. */
export type TimedLine = { readonly atMs: number; readonly text: string }

/** Longest pause that is shown: whoever watches need not wait for a cluster to boot. */
const MAX_PAUSE_MS = 1200
/** Lines that came at once are shown one after another, so that they can be followed. */
const SHORTEST_PAUSE_MS = 45

/** The same lines at a pace to watch. */
export function paced(lines: readonly TimedLine[]): readonly TimedLine[] {
  let shown = 0
  let before = lines[0]?.atMs ?? 0
  return lines.map(({ atMs, text }) => {
    shown += Math.min(MAX_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, atMs - before))
    before = atMs
    return { atMs: shown, text }
  })
}
