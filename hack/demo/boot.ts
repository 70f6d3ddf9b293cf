import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment, type Environment } from './environment.ts'

/** A whole environment that runs: ours to stop, or somebody else's that was found in the folder. */
export type Booted = {
  readonly environment: Environment
  readonly dir: string
  /** Ends when the environment does. */
  readonly ended: Promise<unknown>
  /** Ends what was started here, and its folder; leaves alone what was found running. */
  stop(): Promise<void>
}

/** The environment could not be had; its own lines say why. */
export class NotBooted extends Error {}

const READY_SECONDS = 1800 // a cold run builds a cluster first

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

export type BootOptions = {
  /** Left out: a new folder that is removed again. */
  readonly dir?: string
  /** The three servers as processes of this machine. Left out: as pods. */
  readonly local?: boolean
  /** Where the progress lines go. Left out: to our own output. */
  readonly output?: 'inherit' | 'ignore'
}

/** Starts `npm run up` and waits until it is ready, or takes what already runs in the folder. @throws NotBooted */
export async function boot(options: BootOptions): Promise<Booted> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'jit-up-')))
  const ready = join(dir, 'up.json')
  if (await exists(ready)) return { environment: await readEnvironment(dir), dir, ended: new Promise(() => undefined), stop: () => Promise.resolve() }
  const output = options.output ?? 'inherit'
  const up = spawn(process.execPath, [join(import.meta.dirname, '../up/main.ts'), '--dir', dir, ...(options.local === true ? ['--local'] : [])], {
    stdio: ['ignore', output, output],
    detached: true, // Ctrl-C reaches us first, so that the end is told in order
  })
  const ended = once(up, 'exit')
  const stop = async (): Promise<void> => {
    if (up.exitCode === null && up.signalCode === null) up.kill('SIGINT')
    await ended
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
  }
  const until = performance.now() + READY_SECONDS * 1000
  while (!(await exists(ready))) {
    if (up.exitCode !== null || up.signalCode !== null)
      throw new NotBooted(`the environment did not come up (exit code ${up.exitCode ?? String(up.signalCode)}); its lines above say why`)
    if (performance.now() > until) {
      await stop()
      throw new NotBooted(`the environment was not ready within ${READY_SECONDS} s`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { environment: await readEnvironment(dir), dir, ended, stop }
}
