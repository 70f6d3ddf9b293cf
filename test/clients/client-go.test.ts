import { beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../cluster/run-program.ts'
import { withoutChance } from './alike.ts'
import { clientGo } from './operations.ts'
import { makeSharedObjects } from './shared-objects.ts'
import { SIDES, stage, type Side } from './stage.ts'
import { builder } from './versions.ts'

const BUILD_MS = 900_000 // when nothing is in the cache
const on = stage()
const saw: { [side in Side]?: ReadonlyMap<string, string> } = {}

/** What the program of hack/clients/go prints: a line of JSON for each operation. */
async function walk(side: Side, program: string): Promise<ReadonlyMap<string, string>> {
  const { shared, own, kubeconfigs } = on()
  const ran = await runProgram(program, [kubeconfigs[side], shared, own[side]], { seconds: 120 })
  if (ran.code !== 0) throw new Error(ran.stderr)
  const lines = ran.stdout.trim().split('\n')
  return new Map(
    lines.map((line) => {
      const { operation, ...rest } = JSON.parse(line) as { readonly operation: string }
      return [operation, withoutChance(JSON.stringify(rest, null, 1), { [own[side]]: 'NS' })]
    }),
  )
}

beforeAll(async () => {
  const program = await builder().goClient()
  await makeSharedObjects(on().shared)
  const [direct, gateway] = await Promise.all(SIDES.map((side) => walk(side, program)))
  Object.assign(saw, { direct, gateway })
}, BUILD_MS)

describe('client-go', () => {
  it('walks every operation of the table', () => {
    expect([...(saw.gateway?.keys() ?? [])]).toEqual(clientGo)
  })

  it.each(clientGo)('%s', (operation) => {
    expect(saw.direct?.get(operation)).toBeDefined()
    expect(saw.gateway?.get(operation)).toEqual(saw.direct?.get(operation))
  })
})
