import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { kubectl, startKubectl, uniqueName } from '../../cluster/environment.ts'
import { until } from '../../until.ts'

/** Operations that are asked for first, with the real kubectl, gateway and aggregated API server. */
const NAMES = /accessrequest[.]jit[.]access\/(\S+)/g
const namesIn = (text: string): readonly string[] => [...text.matchAll(NAMES)].map(([, name = '']) => name.replace(/:$/, ''))
const read = async (name: string): Promise<AccessRequest> =>
  JSON.parse((await kubectl('approver', ['get', 'accessrequest', name, '-o', 'json'])).stdout) as AccessRequest
const approve = async (name: string): Promise<void> => {
  const { code, stderr } = await kubectl('approver', ['certify', 'approve', name, '--yes'])
  expect([code, stderr]).toEqual([0, ''])
}
const askFor = (...command: readonly string[]) =>
  kubectl('agent', ['create', 'accessrequest', '--reason=a test', '--for', '--', 'kubectl', ...command])
const namespace = uniqueName('ask-first')
const admin = async (...args: readonly string[]): Promise<string> => {
  const ran = await kubectl('admin', args)
  expect(ran.stderr).toBe('')
  return ran.stdout
}
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jit-ask-'))
  await admin('create', 'namespace', namespace)
})
afterAll(async () => {
  await admin('delete', 'namespace', namespace, '--wait=false')
  await rm(folder, { recursive: true, force: true })
})
const createMap = (name: string) => admin('-n', namespace, 'create', 'configmap', name, '--from-literal=a=0')

const mapOf = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {a: "1"}\n`
const fileFor = async (name: string): Promise<string> => {
  const asked = await kubectl('agent', ['create', 'accessrequest', '--verb=patch', '--resource=configmaps', `--name=${name}`, `-n=${namespace}`])
  return namesIn(asked.stdout)[0] ?? ''
}

describe('kubectl create accessrequest --for -- kubectl', () => {
  it('files the exact operation, which goes through once after the approval', async () => {
    await createMap('gone')
    const command = ['delete', 'configmap/gone', '-n', namespace]
    const asked = await askFor(...command)
    expect(asked.code, asked.stderr).toBe(0)
    expect(asked.stdout).toContain(' created: delete configmaps "gone"')
    expect(asked.stderr).toContain(`then run, once:\n  kubectl delete configmap/gone -n ${namespace}\n`)
    const [name = ''] = namesIn(asked.stdout)
    expect(asked.stderr).toContain(`kubectl wait --for=condition=Approved accessrequest/${name} --timeout=`)
    expect(await admin('-n', namespace, 'get', 'configmap', 'gone', '-o', 'name')).toBe('configmap/gone\n')
    const { spec } = await read(name)
    expect(spec).toMatchObject({ reason: 'a test', requester: { username: 'oidc:agent' }, operation: { method: 'DELETE', dryRun: 'Changed' } })
    expect(namesIn((await askFor(...command)).stdout)).toEqual([name])

    const waiting = startKubectl('agent', ['wait', '--for=condition=Approved', `accessrequest/${name}`, '--timeout=120s'])
    await approve(name)
    expect((await (await waiting).ended).code).toBe(0)
    const again = await askFor(...command)
    expect(again.stderr).toContain(`accessrequest ${name} is approved: run the command itself before`)
    expect(await admin('-n', namespace, 'get', 'configmap', 'gone', '-o', 'name')).toBe('configmap/gone\n')
    const done = await kubectl('agent', command)
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('"gone" deleted')])
    const second = await kubectl('agent', ['create', 'accessrequest', '--for', '--', 'kubectl', ...command])
    expect(second.code).not.toBe(0)
  })

  it('files each object of a file', async () => {
    const file = join(folder, 'two.yaml')
    await writeFile(file, [mapOf('one'), mapOf('two')].join('---\n'))
    const asked = await kubectl('agent', ['create', 'accessrequest', '--operation', '-f', file, '-o', 'name'])
    expect(asked.code, asked.stderr).toBe(0)
    const names = namesIn(asked.stdout)
    expect(names).toHaveLength(2)
    for (const name of names) await approve(name)
    const applied = await kubectl('agent', ['apply', '--server-side', `--filename=${file}`])
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringMatching(/one serverside-applied\n.*two serverside-applied/)])
  })

  it('files an exec, and says so within seconds', async () => {
    // A pod of its own: other tests may hold a grant for exec in the namespace shop.
    await admin('-n', namespace, 'run', 'web', '--image=none')
    const asked = await kubectl('agent', ['create', 'accessrequest', '--for', '--', 'kubectl', '-n', namespace, 'exec', 'web', '--', 'id'])
    expect(asked.code, asked.stderr).toBe(0)
    const [name = ''] = namesIn(asked.stdout)
    expect((await read(name)).spec.rules).toMatchObject([{ verbs: ['create'], resources: ['pods/exec'], namespaces: [namespace] }])
    expect(namesIn(asked.stdout)).toHaveLength(1)
  })

  it('runs nothing at a server other than a gateway', async () => {
    await createMap('direct')
    const asked = await kubectl('admin', ['create', 'accessrequest', '--for', '--', 'kubectl', 'delete', 'configmap/direct', '-n', namespace])
    expect(asked.code).not.toBe(0)
    expect(await admin('-n', namespace, 'get', 'configmap', 'direct', '-o', 'name')).toBe('configmap/direct\n')
  })
})

describe('a requester', () => {
  it('withdraws its own requests by the plugin and by kubectl delete, and no others', async () => {
    const one = await fileFor('one')
    const withdrawn = await kubectl('agent', ['certify', 'withdraw', one, '--reason=not needed'])
    expect([withdrawn.code, withdrawn.stdout, withdrawn.stderr]).toEqual([0, `accessrequest.jit.access/${one} withdrawn\n`, ''])
    expect((await read(one)).status?.phase).toBe('Withdrawn')
    const two = await fileFor('two')
    expect((await kubectl('approver', ['certify', 'withdraw', two])).code).not.toBe(0)
    const deleted = await kubectl('agent', ['delete', 'accessrequest', two])
    expect([deleted.code, deleted.stderr]).toEqual([0, ''])
    expect((await kubectl('agent', ['delete', 'accessrequest', one])).stderr).toContain('stays as a record')
  })
})

describe('an agent with a short time limit', () => {
  it('leaves, is approved a minute later, and repeats: the operation goes through once', async () => {
    // kubectl sends its limit with the request, so it is a part of the operation that is approved.
    const args = ['--request-timeout=20s', '-n', 'shop', 'delete', 'deployment', 'none-of-this', '--ignore-not-found']
    await admin('-n', 'shop', 'create', 'deployment', 'none-of-this', '--image=none.invalid/a:1', '--replicas=0')
    const name = await until('the request is filed', async () => {
      // A busy machine may need all of the time before the gateway has filed it.
      expect((await kubectl('agent', args)).code).not.toBe(0)
      const { items } = JSON.parse((await kubectl('approver', ['certify', '-o', 'json'])).stdout) as { readonly items: readonly AccessRequest[] }
      return items.find(({ spec }) => spec.operation?.path.includes('/deployments/none-of-this') === true)?.metadata.name
    })
    await approve(name)
    const again = await kubectl('agent', args)
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('"none-of-this" deleted')])
  })
})
