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

/** Size of the terminal, in characters. */
export const ROWS = 28
export const COLUMNS = 118

const MILLISECONDS = 1000

/** An asciicast v2: a header, and an event for each line. */
export function castOf(lines: readonly TimedLine[]): string {
  const header = { version: 2, width: COLUMNS, height: ROWS }
  const events = lines.map(({ atMs, text }) => [Math.round(atMs) / MILLISECONDS, 'o', `${text}\r\n`])
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** The lines of an asciicast that {@link castOf} made. @throws SyntaxError */
export function linesIn(cast: string): readonly TimedLine[] {
  const [, ...events] = cast.trimEnd().split('\n')
  return events.map((event) => {
    const [seconds, , text] = JSON.parse(event) as readonly [number, string, string]
    return { atMs: Math.round(seconds * MILLISECONDS), text: text.replace(/\r\n$/, '') }
  })
}
