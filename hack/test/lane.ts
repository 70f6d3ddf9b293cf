import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readTally, type Tally } from './tally.ts'

const ROOT = join(import.meta.dirname, '../..')
export const VITEST: readonly string[] = [process.execPath, join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run']

export type LaneOptions = {
  readonly command: readonly string[]
  /** Stands before each line, where several lanes print at once. Left out: nothing does. */
  readonly name?: string
  readonly print: (line: string) => void
  /** Told of the process, so that it can be ended with us. */
  readonly started: (child: ChildProcess) => void
}

/**
 * One run of tests in a process of its own, its lines handed on as they come but for the last, which is its tally. A run that ended
 * without one, or badly though it counted no failure, has failed once more than it counted.
 */
export async function runLane({ command: [program = '', ...args], name, print, started }: LaneOptions): Promise<Tally> {
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  started(child)
  const ended = once(child, 'exit') as Promise<[number | null]>
  let tally: Tally | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    tally = readTally(line)
    if (tally === undefined) print(name === undefined ? line : `${name}: ${line}`)
  }
  const [code] = await ended
  const { passed, failed } = tally ?? { passed: 0, failed: 0 }
  const broken = tally === undefined || (code !== 0 && failed === 0)
  return { passed, failed: broken ? failed + 1 : failed }
}
