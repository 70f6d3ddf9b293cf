import { beforeAll, describe, it } from 'vitest'
import { compare } from '../compare.ts'
import { reads } from './kubectl-reads.ts'
import { makeSharedObjects } from '../shared-objects.ts'
import { workspace } from '../workspace.ts'
import { kubectls } from '../versions.ts'
import { look } from '../compared-command.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()
beforeAll(() => makeSharedObjects(on().shared))

describe.each(await kubectls('alike'))('kubectl $version', ({ path }) => {
  let program = ''
  beforeAll(async () => void (program = await path()), BUILD_MS)

  it.each(reads)('$name', async (command) => {
    const where = { program, workspace: on(), namespace: on().shared }
    const [direct, gateway] = await Promise.all([look('direct', command, where), look('gateway', command, where)])
    compare(command, direct, gateway)
  })
})
