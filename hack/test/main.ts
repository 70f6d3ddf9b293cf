import type { ChildProcess } from 'node:child_process'
import { runLane, VITEST } from './lane.ts'
import { sayTally, sumOf, type Tally } from './tally.ts'

/**
 * `npm test [-- ARG...]`: every test, or what vitest's arguments choose. Every test: first those that this machine alone is enough for,
 * which take all of it; then, side by side, those that share one environment, one file after the other, and those that boot a cluster
 * of their own to break it. Both wait more than they work. The last line is `N passed, N failed`; exit code 1: one failed.
 */
const children = new Set<ChildProcess>()
// Ctrl-C at a terminal reaches them by itself.
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => children.forEach((child) => child.kill(signal)))
process.on('SIGINT', () => {})

const lane = (args: readonly string[], name?: string): Promise<Tally> =>
  runLane({
    command: [...VITEST, ...args],
    print: (line) => void process.stdout.write(`${line}\n`),
    started: (child) => void children.add(child.once('exit', () => children.delete(child))),
    ...(name === undefined ? {} : { name }),
  })

async function everything(): Promise<Tally> {
  const alone = await lane(['--project', 'unit'])
  const together = await Promise.all(['environment', 'cluster'].map((name) => lane(['--project', name], name)))
  return sumOf([alone, ...together])
}

const args = process.argv.slice(2)
const tally = await (args.length === 0 ? everything() : lane(args))
process.stdout.write(`${sayTally(tally)}\n`)
process.exitCode = tally.failed === 0 ? 0 : 1
