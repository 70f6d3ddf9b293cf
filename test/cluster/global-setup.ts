import type { TestProject } from 'vitest/node'
import { boot } from '../../hack/demo/boot.ts'
import { readEnvironment } from '../../hack/demo/environment.ts'
import { setHold } from './patient-holds.ts'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it extends vitest's own
  interface ProvidedContext {
    /** The folder of the shared environment. */
    upDir: string
  }
}

/** Tests end what they hold, so none waits for this. */
const HOLD_SECONDS = 120

/** Starts one environment for the run, as a user does, or uses the one in JIT_UP_DIR, which keeps running afterwards. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['JIT_UP_DIR']
  if (given !== undefined && given !== '') {
    await readEnvironment(given)
    project.provide('upDir', given)
    return undefined
  }
  const booted = await boot({ output: 'ignore' })
  await setHold(booted.environment, HOLD_SECONDS)
  project.provide('upDir', booted.dir)
  return booted.stop
}
