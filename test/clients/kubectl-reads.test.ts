import { beforeAll, describe, expect, it } from 'vitest'
import { reads } from './kubectl-reads.ts'
import { makeSharedObjects } from './shared-objects.ts'
import { stage } from './stage.ts'
import { kubectls } from './versions.ts'
import { look } from './walk.ts'

const BUILD_MS = 900_000 // when nothing is in the cache
const on = stage()
beforeAll(() => makeSharedObjects(on().shared))

describe.each(await kubectls('alike'))('kubectl $version', ({ path }) => {
  let program = ''
  beforeAll(async () => void (program = await path()), BUILD_MS)

  it.each(reads)('$name', async (command) => {
    const where = { program, stage: on(), namespace: on().shared }
    const [direct, gateway] = await Promise.all([look('direct', command, where), look('gateway', command, where)])
    const { differs } = command
    // An old client may lack a command for this server; then it says so whoever asks.
    if (differs === undefined || direct.code !== 0) return expect(gateway).toEqual(direct)
    expect(gateway).toEqual({ code: differs.code, stdout: expect.stringMatching(differs.stdout), stderr: expect.stringMatching(differs.stderr) })
    expect(gateway).not.toEqual(direct)
  })
})
