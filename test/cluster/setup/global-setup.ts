import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { boot } from '../../../hack/demo/boot.ts'
import { readEnvironment, type Environment } from '../../../hack/demo/environment.ts'
import { setHold } from './patient-holds.ts'
import { writeTokenKubeconfigs, type Kubeconfigs } from './token-kubeconfigs.ts'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it extends vitest's own
  interface ProvidedContext {
    /** The folder of the shared environment. */
    upDir: string
    /** Its kubeconfigs, with tokens in them. */
    kubeconfigs: Kubeconfigs
  }
}

/** Tests end what they hold, so none waits for this. */
const HOLD_SECONDS = 120

/** Starts one environment for the run, as a user does, or uses the one in JIT_UP_DIR, which keeps running afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'jit-tokens-'))
  const provide = async (upDir: string, environment: Environment): Promise<void> => {
    project.provide('upDir', upDir)
    project.provide('kubeconfigs', await writeTokenKubeconfigs(environment, upDir, folder))
  }
  const forget = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const given = process.env['JIT_UP_DIR']
  if (given !== undefined && given !== '') {
    await provide(given, await readEnvironment(given))
    return forget
  }
  const booted = await boot({ output: 'ignore' })
  const stop = async (): Promise<void> => {
    await booted.stop()
    await forget()
  }
  try {
    await setHold(booted.environment, HOLD_SECONDS)
    await provide(booted.dir, booted.environment)
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}
