import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { paced, type TimedLine } from './cast.ts'
import { filmOf } from './svg.ts'

/** `npm run demo | node hack/recording/main.ts --out FILE.svg [--from PATTERN]`: passes the demo through and films it. */
const { values } = parseArgs({ options: { out: { type: 'string' }, from: { type: 'string' } } })
if (values.out === undefined) {
  process.stderr.write('usage: node hack/recording/main.ts --out FILE.svg [--from PATTERN] < OUTPUT\n')
  process.exit(2)
}
const from = values.from === undefined ? undefined : new RegExp(values.from)
const lines: TimedLine[] = []
for await (const text of createInterface({ input: process.stdin })) {
  process.stdout.write(`${text}\n`)
  if (lines.length > 0 || from === undefined || from.test(text)) lines.push({ atMs: performance.now(), text })
}
if (lines.length === 0) {
  process.stderr.write('nothing was printed, so there is nothing to show\n')
  process.exit(1)
}
await writeFile(values.out, filmOf(paced(lines)))
