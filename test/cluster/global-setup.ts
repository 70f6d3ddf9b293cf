import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'
import { readEnvironment } from '../../hack/demo/environment.ts'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it extends vitest's own
  interface ProvidedContext {
    /** The folder of the shared environment. */
    upDir: string
  }
}

const READY_SECONDS = 1800 // a cold run builds a cluster first
const END_SECONDS = 60
const UP = join(import.meta.dirname, '../../hack/up/main.ts')

/** One environment for the run, made as a user makes it; that of JIT_UP_DIR when one runs already, which then stays. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['JIT_UP_DIR']
  if (given !== undefined && given !== '') {
    await readEnvironment(given)
    project.provide('upDir', given)
    return undefined
  }
  const parent = await mkdtemp(join(tmpdir(), 'jit-test-'))
  const dir = join(parent, 'up')
  const up = start(dir)
  const end = async (): Promise<void> => {
    await stop(up)
    await rm(parent, { recursive: true, force: true })
  }
  try {
    await untilReady(up, dir)
  } catch (error) {
    await end()
    throw error
  }
  project.provide('upDir', dir)
  return end
}

/** Told to end when vitest ends, however it ends, where the kernel does that. Ctrl-C at the terminal comes to vitest, which calls teardown. */
function start(dir: string): ChildProcess {
  const command = [process.execPath, UP, '--dir', dir]
  const [program = '', ...args] = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM', '--', ...command] : command
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
}

async function untilReady(up: ChildProcess, dir: string): Promise<void> {
  const until = performance.now() + READY_SECONDS * 1000
  while (performance.now() < until) {
    const environment = await readEnvironment(dir).catch(() => undefined)
    if (environment !== undefined) return
    if (up.exitCode !== null || up.signalCode !== null) throw new Error('the environment did not come up; its lines above say why')
    await sleep(100)
  }
  throw new Error(`the environment was not ready within ${READY_SECONDS} s`)
}

async function stop(up: ChildProcess): Promise<void> {
  if (up.exitCode !== null || up.signalCode !== null) return
  const ended = once(up, 'exit')
  up.kill('SIGTERM')
  const inTime = await Promise.race([ended.then(() => true), sleep(END_SECONDS * 1000, false, { ref: false })])
  if (!inTime) up.kill('SIGKILL')
}
