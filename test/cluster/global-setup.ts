import type { TestProject } from 'vitest/node'
import { boot } from '../../hack/demo/boot.ts'
import { readEnvironment } from '../../hack/demo/environment.ts'
import { shortHolds } from './short-holds.ts'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it extends vitest's own
  interface ProvidedContext {
    /** The folder of the shared environment. */
    upDir: string
  }
}

/** Starts one environment for the run, as a user does, or uses the one in JIT_UP_DIR, which keeps running afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['JIT_UP_DIR']
  if (given !== undefined && given !== '') {
    const restore = await shortHolds(await readEnvironment(given))
    project.provide('upDir', given)
    return restore
  }
  const booted = await boot({ output: 'ignore' })
  await shortHolds(booted.environment).catch(async (error: unknown) => {
    await booted.stop()
    throw error
  })
  project.provide('upDir', booted.dir)
  return booted.stop
}
