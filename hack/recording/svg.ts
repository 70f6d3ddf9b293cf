import { COLUMNS, ROWS, type TimedLine } from './cast.ts'

const LINE_PX = 18
const CHARACTER_PX = 8.43
const PAD_PX = 14
/** How long the last screen stays before the recording starts again. */
const REST_MS = 4000

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function classOf(text: string): string {
  if (text.startsWith('===')) return 'title'
  if (/^\[\w+\]\$ /.test(text)) return 'command'
  if (/^\s*✓/.test(text)) return 'held'
  return /^(Error|error|✗)/.test(text) ? 'refused' : 'output'
}

/** Wraps long lines, as a terminal of that width does. */
function wrapped(lines: readonly TimedLine[]): readonly TimedLine[] {
  return lines.flatMap(({ atMs, text }) => {
    const characters = Array.from(text.replaceAll('\t', '    ').replaceAll(/\p{Cc}/gu, ''))
    const pieces: TimedLine[] = []
    for (let at = 0; at === 0 || at < characters.length; at += COLUMNS) pieces.push({ atMs, text: characters.slice(at, at + COLUMNS).join('') })
    return pieces
  })
}

/** Keyframes of the scroll: how far the text has moved up at each moment. */
function keyframes(lines: readonly TimedLine[], totalMs: number): string {
  const steps = lines.map(({ atMs }, index) => `${((atMs / totalMs) * 100).toFixed(3)}%{transform:translateY(${-(index + 1) * LINE_PX}px)}`)
  return `@keyframes film{0%{transform:translateY(0)}${steps.join('')}100%{transform:translateY(${-lines.length * LINE_PX}px)}}`
}

/**
 * A terminal recording as one SVG without scripts, so that it plays wherever images do: all lines stand below the window, and each scrolls
 * in at its time. With `prefers-reduced-motion` only the last screen is shown.
 */
export function filmOf(recorded: readonly TimedLine[]): string {
  const lines = wrapped(recorded)
  const totalMs = (lines.at(-1)?.atMs ?? 0) + REST_MS
  const [width, height] = [Math.ceil(COLUMNS * CHARACTER_PX) + 2 * PAD_PX, ROWS * LINE_PX + 2 * PAD_PX]
  const text = lines.map((line, index) =>
    line.text === ''
      ? ''
      : `<text class="${classOf(line.text)}" x="${PAD_PX}" y="${PAD_PX + (ROWS + index + 1) * LINE_PX - 5}">${xml(line.text)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Terminal recording of the jit-access demo">
<style>
rect{fill:#14171c}text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#c9d1d9}
.title{fill:#f0f6fc;font-weight:bold}.command{fill:#79c0ff}.held{fill:#7ee787}.refused{fill:#ffa198}
.film{animation:film ${(totalMs / 1000).toFixed(2)}s step-end infinite}
@media (prefers-reduced-motion:reduce){.film{animation:none;transform:translateY(${-lines.length * LINE_PX}px)}}
${keyframes(lines, totalMs)}
</style>
<rect width="${width}" height="${height}" rx="8"/>
<svg x="0" y="${PAD_PX / 2}" width="${width}" height="${height - PAD_PX}"><g class="film">
${text.filter((line) => line !== '').join('\n')}
</g></svg>
</svg>
`
}
