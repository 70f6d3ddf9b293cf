import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../compare.ts'
import { writes } from './kubectl-writes.ts'
import { admin, SIDES, workspace, type Workspace } from '../workspace.ts'
import { kubectls } from '../versions.ts'
import { look } from '../compared-command.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()

async function writeKustomization(folder: string): Promise<void> {
  await mkdir(join(folder, 'kustomize'))
  await writeFile(
    join(folder, 'kustomize/kustomization.yaml'),
    'namePrefix: k-\nconfigMapGenerator:\n  - name: made\n    literals: [a=1]\nresources: [service.yaml]\n',
  )
  await writeFile(
    join(folder, 'kustomize/service.yaml'),
    'apiVersion: v1\nkind: Service\nmetadata: {name: made}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n',
  )
}

/** Removes what the previous version left. */
async function clear({ own }: Workspace): Promise<void> {
  for (const side of SIDES) {
    const kinds = 'deployments,jobs,cronjobs,ingresses,horizontalpodautoscalers,services,pods,secrets'
    await admin(['-n', own[side], 'delete', kinds, '--all', '--wait=true', '--grace-period=0', '--force', '--timeout=110s'])
    await admin(['-n', own[side], 'delete', 'configmaps', '--field-selector=metadata.name!=kube-root-ca.crt', '--wait=true'])
  }
}

/** What both sides wrote, as the admin sees it, must be the same too. */
const KINDS = 'configmaps,secrets,deployments,cronjobs,ingresses,horizontalpodautoscalers'

beforeAll(() => writeKustomization(on().folder))

describe.each(await kubectls('unlike'))('kubectl $version', ({ path }) => {
  let program = ''
  beforeAll(async () => {
    program = await path()
    await clear(on())
  }, BUILD_MS)

  it.each(writes)('$name', async (command) => {
    const [direct, gateway] = await Promise.all(SIDES.map((side) => look(side, command, { program, workspace: on(), namespace: on().own[side] })))
    compare(command, direct, gateway)
  })

  it('has left the same objects on both sides', async () => {
    const command = { name: '', args: ['-n', 'NS', 'get', KINDS, '-o', 'name'] }
    const [direct, gateway] = await Promise.all(SIDES.map((side) => look('direct', command, { program, workspace: on(), namespace: on().own[side] })))
    expect(gateway).toEqual(direct)
  })
})
