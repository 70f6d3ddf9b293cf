import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../compare.ts'
import { cordons, drains } from './kubectl-nodes.ts'
import { IMAGE } from '../shared-objects.ts'
import { admin, SIDES, workspace, type Side } from '../workspace.ts'
import { kubectls } from '../versions.ts'
import { look, type Command } from '../compared-command.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()
let node = ''

const pod = (name: string, labels: { readonly [label: string]: Side }): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  // Bound to the node directly: the scheduler puts no new pods on it.
  spec: { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: IMAGE, command: ['sleep', '3600'] }] },
})
const budget = (side: Side): object => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'whole' },
  spec: { minAvailable: '100%', selector: { matchLabels: { guarded: side } } },
})

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
const typed = (command: Command): Command => ({ ...command, args: command.args.map((word) => (word === 'NODE' ? node : word)) })

beforeAll(async () => {
  node = (await admin(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}'])).trim()
})
afterAll(async () => void (await admin(['uncordon', node])))

const versions = await kubectls('alike')

describe.each(versions)('kubectl $version', ({ path }) => {
  let program = ''
  beforeAll(async () => void (program = await path()), BUILD_MS)
  beforeAll(async () => {
    await admin(['cordon', node])
    for (const side of SIDES) {
      const namespace = on().own[side]
      await admin(
        ['-n', namespace, 'apply', '-f', '-'],
        list([pod('one', { drained: side }), pod('two', { drained: side }), pod('kept', { guarded: side }), budget(side)]),
      )
      await admin(['-n', namespace, 'wait', 'pods', '--all', '--for=condition=Ready', '--timeout=110s'])
      // Until the budget has counted its pod, an eviction is refused for another reason.
      await admin(['-n', namespace, 'wait', 'pdb/whole', '--for=jsonpath={.status.currentHealthy}=1', '--timeout=110s'])
    }
  })

  it.each(drains)('$name', async (command) => {
    const [direct, gateway] = await Promise.all(
      SIDES.map((side) => look(side, typed(command), { program, workspace: on(), namespace: on().own[side] })),
    )
    compare(command, direct, gateway)
  })

  it('has evicted only these pods', async () => {
    for (const side of SIDES) expect(await admin(['-n', on().own[side], 'get', 'pods', '-o', 'name'])).toBe('pod/kept\n')
  })
})

describe.each(versions)('kubectl $version', ({ path }) => {
  let program = ''
  beforeAll(async () => void (program = await path()), BUILD_MS)
  beforeAll(async () => void (await admin(['uncordon', node])))

  it.each(cordons)('$name', async (command) => {
    // One after the other; the last one changes it.
    const gateway = await look('gateway', typed(command), { program, workspace: on(), namespace: on().own.gateway })
    compare(command, await look('direct', typed(command), { program, workspace: on(), namespace: on().own.direct }), gateway)
  })
})
