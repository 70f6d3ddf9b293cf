import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { readArguments } from '../read-arguments.ts'
import { castOf, paced, type TimedLine } from './cast.ts'

/**
 * `npm run demo | node hack/recording/main.ts --out FILE.cast [--from PATTERN] [--to PATTERN]`: passes the demo's output through and records it, from the first line
 * that matches `--from` up to the line before the first that matches `--to`.
 */
const USAGE = 'usage: node hack/recording/main.ts --out FILE.cast [--from PATTERN] [--to PATTERN] < OUTPUT\n'
const { values, fail } = readArguments(USAGE, { out: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } })
const out = values.out ?? fail('--out is required')
const from = values.from === undefined ? undefined : new RegExp(values.from)
const to = values.to === undefined ? undefined : new RegExp(values.to)
const lines: TimedLine[] = []
let rolling = from === undefined
for await (const text of createInterface({ input: process.stdin })) {
  process.stdout.write(`${text}\n`)
  if (from?.test(text) === true) rolling = true
  if (to?.test(text) === true) rolling = false
  if (rolling) lines.push({ atMs: performance.now(), text })
}
if (lines.length === 0) {
  process.stderr.write('nothing was printed, so there is nothing to show\n')
  process.exit(1)
}
await writeFile(out, castOf(paced(lines)))
