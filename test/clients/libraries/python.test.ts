import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { recipe } from '../../../hack/clients/recipe.ts'
import { python } from '../operations.ts'
import { runWalk } from './program.ts'
import { makeSharedObjects } from '../shared-objects.ts'
import { SIDES, workspace, type Side } from '../workspace.ts'
import { builder, everyVersion } from '../versions.ts'

const INSTALL_MS = 300_000 // if nothing is cached
const MAIN = join(import.meta.dirname, '../../../hack/clients/python/main.py')

describe.runIf(everyVersion())(`python ${recipe.python}`, () => {
  const on = workspace()
  const saw: { [side in Side]?: ReadonlyMap<string, string> } = {}

  beforeAll(async () => {
    const env = { PYTHONPATH: await builder().python(), PYTHONDONTWRITEBYTECODE: '1' }
    await makeSharedObjects(on().shared)
    const [direct, gateway] = await Promise.all(SIDES.map((side) => runWalk(side, { path: 'python3', args: [MAIN], env }, on())))
    Object.assign(saw, { direct, gateway })
  }, INSTALL_MS)

  it('runs every operation of the table', () => {
    expect([...(saw.gateway?.keys() ?? [])]).toEqual(python)
  })

  it.each(python)('%s', (operation) => {
    expect(saw.direct?.get(operation)).toBeDefined()
    // Operations that fail on both sides would be equal too.
    expect(saw.direct?.get(operation)).not.toContain('"error": "')
    expect(saw.gateway?.get(operation)).toEqual(saw.direct?.get(operation))
  })
})
