import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kubectl, startKubectl, uniqueName } from '../cluster/environment.ts'
import { connect, policy, removePolicies, type Connected } from './api-calls.ts'

let dir: string
let call: Connected
beforeAll(async () => {
  call = await connect()
  dir = await mkdtemp(join(tmpdir(), 'jit-kubectl-'))
})
afterAll(() => rm(dir, { recursive: true }))
removePolicies(() => call)

const run = (...args: readonly string[]) => kubectl('admin', args)
async function file(object: object): Promise<string> {
  const path = join(dir, `${uniqueName('o')}.json`)
  await writeFile(path, JSON.stringify(object))
  return path
}
async function made(spec: object = {}): Promise<string> {
  const name = uniqueName('kc')
  const { code, stderr } = await run('create', '-f', await file(policy(name, spec)))
  expect([code, stderr]).toEqual([0, ''])
  return name
}

it('[34, 35] kinds resolve by plural, singular, short name and category', async () => {
  const name = await made()
  for (const kind of ['accesspolicies', 'accesspolicy', 'apol', 'accesspolicies.jit.access'])
    expect((await run('get', kind, name, '-o', 'name')).stdout).toBe(`accesspolicy.jit.access/${name}\n`)
  expect((await run('get', 'jit')).code).toBe(0)
  expect((await run('api-resources', '--api-group=jit.access')).stdout).toMatch(/accessrequests\s+areq\s+jit.access\/v1\s+false\s+AccessRequest/)
})
it('[36] get prints the columns and sorts', async () => {
  const name = await made()
  expect((await run('get', 'apol', name)).stdout).toMatch(/^NAME +MODE +SUBJECTS +RULES .*AGE\n/)
  const sorted = await run(
    'get',
    'apol',
    '--sort-by=.metadata.creationTimestamp',
    '--no-headers',
    '-o',
    'custom-columns=MADE:.metadata.creationTimestamp',
  )
  const times = sorted.stdout.trimEnd().split('\n')
  expect(times.length).toBeGreaterThan(1)
  expect(times).toEqual(times.toSorted())
})
it('[38] explain describes each field', async () => {
  expect((await run('explain', 'accesspolicy.spec.hold.timeoutSeconds')).stdout).toMatch(/Defaults\s+to\s+300/)
  expect((await run('explain', 'accessrequest', '--recursive')).stdout).toContain('durationSeconds')
})
it('[41, 42] apply: created, unchanged, configured; diff shows the hunk and stores nothing', async () => {
  const name = uniqueName('kc')
  const first = await file(policy(name))
  const second = await file(policy(name, { hold: { timeoutSeconds: 33 } }))
  expect((await run('apply', '-f', first)).stdout).toContain('created')
  expect((await run('apply', '-f', first)).stdout).toContain('unchanged')
  const diff = await run('diff', '-f', second)
  expect([diff.code, diff.stdout]).toEqual([1, expect.stringMatching(/-.*timeoutSeconds: 20\n\+.*timeoutSeconds: 33/)])
  expect((await run('apply', '-f', second)).stdout).toContain('configured')
  expect((await run('diff', '-f', second)).code).toBe(0)
})
it('[60] server-side apply takes over fields of client-side apply', async () => {
  const name = uniqueName('kc')
  await run('apply', '-f', await file(policy(name, { mode: 'Shadow' })))
  const moved = await run('apply', '--server-side', '-f', await file(policy(name)))
  expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining('serverside-applied')])
  expect((await run('get', 'apol', name, '-o', 'jsonpath={.spec.mode}')).stdout).toBe('')
})
it('[44, 45] label, annotate and each type of patch work', async () => {
  const name = await made()
  expect((await run('label', 'apol', name, 'a=b')).stdout).toContain('labeled')
  expect((await run('label', 'apol', name, 'a=c')).code).toBe(1)
  expect((await run('label', 'apol', name, 'a=c', '--overwrite')).code).toBe(0)
  expect((await run('annotate', 'apol', name, 'x=y')).code).toBe(0)
  expect((await run('patch', 'apol', name, '--type=merge', '-p', '{"spec":{"mode":"Shadow"}}')).code).toBe(0)
  expect((await run('patch', 'apol', name, '--type=json', '-p', '[{"op":"remove","path":"/spec/mode"}]')).code).toBe(0)
  expect((await run('patch', 'apol', name, '-p', '{}')).stderr).toContain('is not supported by jit.access/v1')
})
it('[46] status is written only through its subresource', async () => {
  const name = await made()
  const conditions = '{"status":{"conditions":[{"type":"Tested","status":"True"}]}}'
  await run('patch', 'apol', name, '--type=merge', '-p', conditions)
  const read = () => run('get', 'apol', name, '-o', 'jsonpath={.status.conditions[*].type}')
  expect((await read()).stdout).not.toContain('Tested')
  expect((await run('patch', 'apol', name, '--subresource=status', '--type=merge', '-p', conditions)).code).toBe(0)
  expect((await read()).stdout).toContain('Tested')
  expect((await run('wait', `apol/${name}`, '--for=condition=Tested', '--timeout=60s')).code).toBe(0)
})
it('[47] wait ends on a condition and on deletion', async () => {
  const name = await made()
  const waits = (what: string) => startKubectl('admin', ['wait', `apol/${name}`, `--for=${what}`, '--timeout=100s', '-v=6'])
  const waiting = await waits('jsonpath={.spec.mode}=Shadow')
  await waiting.says(/GET.*watch=true/)
  await run('patch', 'apol', name, '--type=merge', '-p', '{"spec":{"mode":"Shadow"}}')
  expect((await waiting.ended).code).toBe(0)
  const going = await waits('delete')
  await going.says(/GET.*watch=true/)
  await run('delete', 'apol', name)
  expect((await going.ended).code).toBe(0)
})
it('[48, 49] describe works, and delete waits until the object is gone', async () => {
  const name = await made()
  expect((await run('describe', 'apol', name)).stdout).toContain('Timeout Seconds:  20')
  for (const cascade of ['background', 'orphan', 'foreground']) {
    const other = await made()
    expect([cascade, (await run('delete', 'apol', other, `--cascade=${cascade}`, '--timeout=100s')).code]).toEqual([cascade, 0])
  }
  expect((await run('delete', 'apol', name)).stdout).toContain('deleted')
})
it('[40] an unknown field is an error, a warning or ignored', async () => {
  const body = await file(policy(uniqueName('kc'), { bogus: 1 }))
  expect((await run('create', '-f', body)).stderr).toContain('spec.bogus')
  const warned = await run('create', '-f', body, '--validate=warn')
  expect([warned.code, warned.stderr]).toEqual([0, expect.stringContaining('Warning: unknown field "spec.bogus"')])
})
it('[37] get -w prints rows without repeating the header', async () => {
  const name = await made()
  const watching = await startKubectl('admin', ['get', 'apol', name, '-w'])
  await watching.says(name)
  await run('patch', 'apol', name, '--type=merge', '-p', '{"spec":{"mode":"Shadow"}}')
  await watching.says('Shadow')
  watching.interrupt()
  const { stdout } = await watching.ended
  expect(stdout.match(/NAME/g)).toHaveLength(1)
  expect(stdout).toContain('Shadow')
})
