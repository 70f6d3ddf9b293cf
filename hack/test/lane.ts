import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readTally, type Tally } from './tally.ts'

const ROOT = join(import.meta.dirname, '../..')
export const VITEST: readonly string[] = [process.execPath, join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run']

export type LaneOptions = {
  readonly command: readonly string[]
  /** Prefix of each line, for several lanes that print at once. Absent: no prefix. */
  readonly name?: string
  readonly print: (line: string) => void
  /** Receives the process, so that the caller can end it. */
  readonly started: (child: ChildProcess) => void
}

/**
 * Runs tests in a separate process and prints each line as it comes, except the last, which is the tally. A run that ends without a tally,
 * or with an error code although it counted no failure, counts as one more failure.
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
