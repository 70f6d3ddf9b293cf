import type { ChildProcess } from 'node:child_process'
import { isatty } from 'node:tty'
import { runLane, VITEST } from './lane.ts'
import { formatTally, sumOf, type Tally } from './tally.ts'

/**
 * `npm test [-- ARG...]`: every test, or what vitest's arguments choose. Every test: first those that this machine alone is enough for,
 * which take all of it; then, side by side, those that share one environment, one file after the other, and those that boot a cluster
 * of their own to break it. Both wait more than they work. The last line is `N passed, N failed`; exit code 1: one failed.
 */
const children = new Set<ChildProcess>()
let told = false
// As in hack/run.mjs: Ctrl-C at a terminal reaches them by itself, and twice would mean at once.
const atTerminal = [0, 1, 2].some((stream) => isatty(stream))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    told = true
    if (signal === 'SIGTERM' || !atTerminal) for (const child of children) child.kill(signal)
  })
}

const lane = (args: readonly string[], name?: string): Promise<Tally> =>
  runLane({
    command: [...VITEST, ...args],
    print: (line) => void process.stdout.write(`${line}\n`),
    started: (child) => void children.add(child.once('exit', () => children.delete(child))),
    ...(name === undefined ? {} : { name }),
  })

async function everything(): Promise<Tally> {
  const alone = await lane(['--project', 'unit'])
  if (told) return alone // to end: it has counted a failure for that
  const together = await Promise.all(['environment', 'cluster'].map((name) => lane(['--project', name], name)))
  return sumOf([alone, ...together])
}

const args = process.argv.slice(2)
const tally = await (args.length === 0 ? everything() : lane(args))
process.stdout.write(`${formatTally(tally)}\n`)
process.exitCode = tally.failed === 0 ? 0 : 1
