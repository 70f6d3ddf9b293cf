import { afterAll, beforeAll } from 'vitest'
import { boot, type Booted } from '../../../hack/demo/boot.ts'
import type { Actor, Environment } from '../../../hack/demo/environment.ts'
import { runProgram, type Ran, type RunProgram } from '../run-program.ts'

const BOOT_MS = 1_800_000 // a cold run builds a cluster first

export type OwnEnvironment = {
  readonly environment: () => Environment
  /** The folder of the environment. */
  readonly dir: () => string
  /** Like `kubectl` of environment.ts, but in this environment. */
  readonly kubectl: (actor: Actor, args: readonly string[], options?: Pick<RunProgram, 'input' | 'seconds'>) => Promise<Ran>
}

/** A whole environment for one test file, for tests that stop or break parts of jit-access. Call it once, at the top of a file or describe. */
export function ownEnvironment(options: { readonly local?: boolean } = {}): OwnEnvironment {
  let booted: Booted | undefined
  beforeAll(async () => void (booted = await boot({ ...options, output: 'ignore' })), BOOT_MS)
  afterAll(() => booted?.stop())
  const running = (): Booted => {
    if (booted === undefined) throw new Error('the environment is there inside tests only')
    return booted
  }
  const environment = (): Environment => running().environment
  return {
    environment,
    dir: () => running().dir,
    kubectl: (actor, args, limits = {}) => {
      const { binDir, kubeconfigs } = environment()
      return runProgram('kubectl', args, { ...limits, env: { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: kubeconfigs[actor] } })
    },
  }
}
