import type { ChildProcess } from 'node:child_process'
import { isatty } from 'node:tty'
import { installChromium } from '../browser/find-chromium.ts'
import { settingsOf } from '../cluster/settings.ts'
import { buildPrograms } from './build-programs.ts'
import { isFailure } from './failures.ts'
import { runLane, VITEST } from './lane.ts'
import { runSteps, stepsOf, type Lane } from './lanes.ts'
import { checkArguments } from './check-arguments.ts'
import { formatTally, type Tally } from './tally.ts'

/**
 * `npm test [-- ARG...]`: runs every test, in the steps of `lanes.ts`, or those that vitest's arguments select, in one.
 * The output ends with a line for each failure and then `N passed, N failed`; exits with 1 if one failed.
 */
checkArguments(`usage: npm test -- [FILE]... [VITEST-ARGUMENT]...

  FILE         only test files whose path contains it, for example test/domain
  -t PATTERN   only tests whose name matches
  --project unit | cluster | environment
               only tests that need nothing, a cluster of their own, or the shared environment
`)
const failures: string[] = []
const children = new Set<ChildProcess>()
const stopping = new AbortController()
// As in hack/run.mjs: at a terminal Ctrl-C reaches the children directly, and a second signal would make them exit at once.
const atTerminal = [0, 1, 2].some((stream) => isatty(stream))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping.abort()
    if (signal === 'SIGTERM' || !atTerminal) for (const child of children) child.kill(signal)
  })
}

const lane = ({ args, name }: Lane): Promise<Tally> =>
  runLane({
    command: [...VITEST, ...args],
    print: (line) => void (isFailure(line) ? failures.push(line) : process.stdout.write(`${line}\n`)),
    started: (child) => void children.add(child.once('exit', () => children.delete(child))),
    ...(name === undefined ? {} : { name }),
  })

const args = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
// Without a Chromium the tests that need one fail, and say what to install.
if (args.length === 0 || args.some((arg) => /browser|environment/.test(arg))) await installChromium(process.env, say)
if (args.length === 0) await buildPrograms({ settings: settingsOf(process.env), say, signal: stopping.signal })
const oneEnvironment = (process.env['JIT_UP_DIR'] ?? '') !== ''
const steps = args.length === 0 ? stepsOf({ oneEnvironment }) : [[{ args }]]
const tally = await runSteps(steps, lane, () => stopping.signal.aborted)
process.stdout.write([...failures, formatTally(tally), ''].join('\n'))
process.exitCode = tally.failed === 0 ? 0 : 1
