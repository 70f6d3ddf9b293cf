import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../../domain/api/access-policy.ts'
import { openOwnAgent, type OwnAgent } from '../../attack/oracles/own-policy.ts'
import { environment, kubectl, uniqueName } from '../../cluster/environment.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'

/** A condition on replicas, and every way in which kubectl writes them. */
const namespace = uniqueName('conditions')
const match = {
  verbs: ['create', 'update', 'patch'],
  apiGroups: ['apps'],
  resources: ['deployments'],
  subresources: ['', 'scale'],
  namespaces: [namespace],
}
const RULES: readonly PolicyRule[] = [
  { name: 'few', effect: 'Allow', match: { ...match, condition: 'object.spec.replicas <= 3' } },
  { name: 'many', effect: 'Deny', match: { ...match, condition: 'object.spec.replicas > 10' } },
]
const IMAGE = 'registry.invalid/web:1'
let agent: OwnAgent
let binding = ''

async function admin(args: readonly string[], input?: string): Promise<Ran> {
  const ran = await kubectl('admin', args, input === undefined ? {} : { input })
  expect(ran.code, ran.stderr).toBe(0)
  return ran
}

async function asAgent(args: readonly string[], input?: string): Promise<Ran> {
  const { gateway, binDir } = await environment()
  const whom = [`--server=${gateway.url}`, `--certificate-authority=${gateway.caFile}`, `--token=${agent.token}`, '-n', namespace]
  const env = { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: '/dev/null' }
  return runProgram('kubectl', [...args, ...whom], { env, ...(input === undefined ? {} : { input }) })
}

const deployment = (name: string, replicas: number): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: IMAGE }] } },
    },
  })

const replicas = (count: number): string => JSON.stringify({ spec: { replicas: count } })
const jsonPatch = (value: number): string => JSON.stringify([{ op: 'replace', path: '/spec/replicas', value }])
type Way = { readonly way: string; readonly args: (count: number) => readonly string[]; readonly input?: (count: number) => string }
const patch = (type: string, body: (count: number) => string): Way => ({
  way: `patch --type=${type}`,
  args: (count) => ['patch', 'deployment', 'web', `--type=${type}`, '-p', body(count)],
})
const web = (count: number): string => deployment('web', count)
const WAYS: readonly Way[] = [
  // As protobuf.
  { way: 'create deployment', args: (count) => ['create', 'deployment', uniqueName('made'), `--image=${IMAGE}`, `--replicas=${count}`] },
  { way: 'create -f', args: () => ['create', '-f', '-'], input: (count) => deployment(uniqueName('made'), count) },
  { way: 'scale', args: (count) => ['scale', 'deployment/web', `--replicas=${count}`] },
  patch('strategic', replicas),
  patch('merge', replicas),
  patch('json', jsonPatch),
  { way: 'apply', args: () => ['apply', '-f', '-'], input: web },
  { way: 'apply --server-side', args: () => ['apply', '--server-side', '--force-conflicts', '-f', '-'], input: web },
  { way: 'replace', args: () => ['replace', '-f', '-'], input: web },
]

beforeAll(async () => {
  await admin(['create', 'namespace', namespace])
  await admin(['-n', namespace, 'create', '-f', '-'], deployment('web', 1))
  agent = await openOwnAgent({ rules: RULES })
  binding = `${agent.policy}-may-write`
  await admin(['create', 'clusterrolebinding', binding, '--clusterrole=edit', `--group=jit.access:baseline:${agent.policy}`])
})
afterAll(async () => {
  await admin(['delete', 'clusterrolebinding', binding, '--ignore-not-found'])
  await agent.remove()
  await admin(['delete', 'namespace', namespace, '--wait=false'])
})

describe.each(WAYS)('kubectl $way', ({ args, input }) => {
  it.each([
    [2, 0, /^$/],
    [5, 1, /no live grant covers it.*\n {2}kubectl create accessrequest/],
    [20, 1, /denied by policy ".*", rule "many"; no grant can allow it/],
  ])('%i replicas', async (count, code, says) => {
    const ran = await asAgent(args(count), input?.(count))
    // kubectl apply warns that it did not create the object; that is not a refusal.
    expect(ran.stderr.replace(/^Warning: .*\n/gm, '')).toMatch(says)
    expect(ran.code).toBe(code)
    expect(ran.stderr).not.toContain('InternalError')
  })
})

it('an admin can use known fields in a condition, and no unknown ones', async () => {
  await admin(['wait', '--for=condition=Typed', `accesspolicy/${agent.policy}`, '--timeout=110s'])
  const typo = JSON.stringify([{ op: 'replace', path: '/spec/rules/0/match/condition', value: 'object.spec.replcas <= 3' }])
  const ran = await kubectl('admin', ['patch', 'accesspolicy', agent.policy, '--type=json', '-p', typo])
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/spec\.rules\[0\]\.match\.condition: .*object\.spec\.replcas: no such field/)])
})

it('kubectl diff and --dry-run=server pass where request.dryRun allows them', async () => {
  await agent.change({ rules: [{ name: 'dry-runs', effect: 'Allow', match: { ...match, condition: 'request.dryRun' } }] })
  const wanted = deployment('web', 7)
  expect((await asAgent(['diff', '-f', '-'], wanted)).stdout).toMatch(/^\+ +replicas: 7$/m)
  const tried = await asAgent(['apply', '--dry-run=server', '-f', '-'], wanted)
  expect(tried.code, tried.stderr).toBe(0)
  expect((await asAgent(['apply', '-f', '-'], wanted)).stderr).toContain('no live grant covers it')
})
