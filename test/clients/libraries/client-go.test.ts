import { beforeAll, describe, expect, it } from 'vitest'
import { clientGo } from '../operations.ts'
import { runWalk } from './program.ts'
import { makeSharedObjects } from '../shared-objects.ts'
import { SIDES, workspace, type Side } from '../workspace.ts'
import { builder } from '../versions.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()
const saw: { [side in Side]?: ReadonlyMap<string, string> } = {}

beforeAll(async () => {
  const program = await builder().goClient()
  await makeSharedObjects(on().shared)
  const [direct, gateway] = await Promise.all(SIDES.map((side) => runWalk(side, { path: program }, on())))
  Object.assign(saw, { direct, gateway })
}, BUILD_MS)

describe('client-go', () => {
  it('runs every operation of the table', () => {
    expect([...(saw.gateway?.keys() ?? [])]).toEqual(clientGo)
  })

  it.each(clientGo)('%s', (operation) => {
    expect(saw.direct?.get(operation)).toBeDefined()
    expect(saw.gateway?.get(operation)).toEqual(saw.direct?.get(operation))
  })
})
