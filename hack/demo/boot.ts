import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readEnvironment, type Environment } from './environment.ts'

/** A running environment: started by us and ours to stop, or one that already ran in the folder. */
export type Booted = {
  readonly environment: Environment
  readonly dir: string
  /** Resolves when the environment ends. */
  readonly ended: Promise<unknown>
  /** Stops what was started here and removes its folder. Does nothing to an environment that already ran. */
  stop(): Promise<void>
}

/** The environment did not start; its own output says why. */
export class NotBooted extends Error {}

export type BootOptions = {
  /** Defaults to a new folder, which is removed again. */
  readonly dir?: string
  /** Runs the three servers as processes on this machine. Defaults to pods. */
  readonly local?: boolean
  /** Where the progress lines go. Defaults to the output of this process. */
  readonly output?: 'inherit' | 'ignore'
}

const READY_SECONDS = 1800 // a cold run builds a cluster first
const END_SECONDS = 60
const UP = join(import.meta.dirname, '../up/main.ts')

const hasEnded = (up: ChildProcess): boolean => up.exitCode !== null || up.signalCode !== null

/**
 * On Linux the kernel sends it SIGTERM when this process exits, for whatever reason. It is detached, so that Ctrl-C reaches only this
 * process, which then stops everything in order.
 */
function start(dir: string, { local = false, output = 'inherit' }: BootOptions): ChildProcess {
  const command = [process.execPath, UP, '--dir', dir, ...(local ? ['--local'] : [])]
  const [program = '', ...args] = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM', '--', ...command] : command
  return spawn(program, args, { stdio: ['ignore', output, 'inherit'], detached: true })
}

async function untilReady(up: ChildProcess, dir: string): Promise<Environment> {
  const until = performance.now() + READY_SECONDS * 1000
  while (performance.now() < until) {
    const environment = await readEnvironment(dir).catch(() => undefined)
    if (environment !== undefined) return environment
    if (hasEnded(up)) throw new NotBooted(`the environment did not come up (${up.exitCode ?? String(up.signalCode)}); its lines above say why`)
    await sleep(100)
  }
  throw new NotBooted(`the environment was not ready within ${READY_SECONDS} s`)
}

async function end(up: ChildProcess): Promise<void> {
  if (hasEnded(up)) return
  const ended = once(up, 'exit')
  up.kill('SIGTERM')
  const inTime = await Promise.race([ended.then(() => true), sleep(END_SECONDS * 1000, false, { ref: false })])
  if (!inTime) up.kill('SIGKILL')
}

/** Starts `npm run up` and waits until it is ready, or uses the environment that already runs in the folder. @throws NotBooted */
export async function boot(options: BootOptions = {}): Promise<Booted> {
  const running = options.dir === undefined ? undefined : await readEnvironment(options.dir).catch(() => undefined)
  if (running !== undefined && options.dir !== undefined)
    return { environment: running, dir: options.dir, ended: new Promise(() => undefined), stop: () => Promise.resolve() }
  const parent = options.dir === undefined ? await mkdtemp(join(tmpdir(), 'jit-up-')) : undefined
  const dir = options.dir ?? join(parent ?? '', 'up')
  const up = start(dir, options)
  const stop = async (): Promise<void> => {
    await end(up)
    if (parent !== undefined) await rm(parent, { recursive: true, force: true })
  }
  const ended = once(up, 'exit')
  try {
    return { environment: await untilReady(up, dir), dir, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
