import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment, kubectl, mintToken, uniqueName } from '../../cluster/environment.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'
import { until } from '../../until.ts'

const user = uniqueName('standing')
const namespace = uniqueName('standing')
const [first, second, third] = [uniqueName('standing-a'), uniqueName('standing-b'), uniqueName('standing-c')]

async function admin(...args: readonly string[]): Promise<string> {
  const ran = await kubectl('admin', args)
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout
}

/** Runs kubectl through the gateway as a user of this test only, so that its policies govern no other user. */
async function agent(...args: readonly string[]): Promise<Ran> {
  const { gateway, binDir } = await environment()
  const token = await mintToken({ user, groups: 'standing', audience: 'jit-gateway' })
  const whom = [`--server=${gateway.url}`, `--certificate-authority=${gateway.caFile}`, `--token=${token}`]
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return runProgram('kubectl', [...args.slice(0, end), ...whom, ...args.slice(end)], {
    env: { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: '/dev/null' },
  })
}

const policyNamed = (name: string, subject = user): object => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name },
  spec: {
    subjects: [{ kind: 'User', name: `oidc:${subject}` }],
    rules: [{ name: 'exec', match: { apiGroups: [''], resources: ['pods'], subresources: ['exec'] }, effect: 'Allow' }],
  },
})
const bound = (group: 'baseline' | 'elevated', policy: string, role: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: `${policy}-${group}-${role}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `jit.access:${group}:${policy}` }],
})
const bindings = [bound('baseline', first, 'view'), bound('baseline', first, 'jit-agent'), bound('elevated', first, 'edit')]

async function apply(document: object, ...args: readonly string[]): Promise<string> {
  const ran = await kubectl('admin', ['apply', '-f', '-', ...args], { input: JSON.stringify(document) })
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout
}
const waitFor = (policy: string, condition: string): Promise<string> =>
  admin('wait', `--for=condition=${condition}`, `accesspolicy/${policy}`, '--timeout=110s')

const messageOf = (policy: string, type: string): Promise<string> =>
  admin('get', 'accesspolicy', policy, '-o', `jsonpath={.status.conditions[?(@.type=="${type}")].message}`)

/** Runs the command line from the status in a shell, as an admin would. */
async function paste(policy: string, type = 'Impersonable'): Promise<void> {
  const message = await messageOf(policy, type)
  const { binDir, kubeconfigs } = await environment()
  const pasted = await runProgram('sh', ['-c', message.split('\n').at(-1) ?? ''], {
    env: { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: kubeconfigs.admin },
  })
  expect(pasted.code, pasted.stderr).toBe(0)
}

const POD = JSON.stringify({
  spec: { containers: [{ name: 'c', image: 'x' }] },
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'held', namespace },
})

/** The RBAC of the policy whose ceiling is removed. */
let rbac: object

beforeAll(async () => {
  rbac = JSON.parse(await admin('certify', 'policy-rbac', third, '-o', 'json')) as object
  await apply(rbac)
  await apply(policyNamed(third, `${user}-third`))
  await waitFor(third, 'Ready')
  // The gateway checks policies that work once a minute. The last tests see that it noticed.
  await admin('delete', 'clusterrolebinding', `jit-elevated:${third}`)
  await admin('create', 'namespace', namespace)
  await kubectl('admin', ['create', '-f', '-'], { input: POD })
  for (const binding of bindings) await apply(binding)
  // kubectl shows no Status during discovery, and caches discovery by server name. This call fills the cache.
  expect((await kubectl('agent', ['get', 'pods'])).code).toBe(0)
})
afterAll(async () => {
  await admin('delete', 'accesspolicy', first, second, third, '--ignore-not-found')
  await kubectl('admin', ['delete', '-f', '-', '--ignore-not-found', '--wait=false'], { input: JSON.stringify(rbac) })
  const made = [first, second].flatMap((policy) => [`clusterrole/jit-impersonator:${policy}`, `clusterrolebinding/jit-impersonator:${policy}`])
  const names = bindings.map((binding) => `clusterrolebinding/${(binding as { readonly metadata: { readonly name: string } }).metadata.name}`)
  const given = ['', ':agent', ':view'].map((role) => `clusterrolebinding/jit-baseline:${second}${role}`)
  const roles = [`clusterrole/jit-baseline:${second}`, `clusterrole/jit-elevated:${second}`, `clusterrolebinding/jit-elevated:${second}`]
  await admin('delete', ...made, ...names, ...given, ...roles, `namespace/${namespace}`, '--ignore-not-found', '--wait=false')
})

describe('a policy whose groups the gateway may not impersonate', () => {
  it('reports it in its status, and in the READY column of kubectl get', async () => {
    await apply(policyNamed(first))
    await waitFor(first, 'Impersonable=False')
    expect(await admin('get', 'accesspolicy', first)).toMatch(/READY[^]*False: ImpersonationForbidden/)
    expect(await admin('describe', 'accesspolicy', first)).toContain('kubectl apply -f -')
  })

  it.each([
    ['reads', ['get', 'pods']],
    ['reads of Secrets', ['get', 'secrets']],
    ['streams', ['exec', 'held', '--', 'true']],
  ])('makes %s fail with an error that names it', async (_, args) => {
    const { code, stderr } = await agent('-n', namespace, ...args)
    expect(code).not.toBe(0)
    expect(stderr).toContain(`policy "${first}" cannot work`)
    expect(stderr).not.toContain('jit-impersonator')
  })

  it('works after the command from its status was run', async () => {
    await paste(first)
    await waitFor(first, 'Impersonable')
    await waitFor(first, 'Ready')
    const read = await agent('-n', namespace, 'get', 'pods')
    expect([read.code, read.stderr]).toEqual([0, ''])
  })
})

describe('two policies of one agent', () => {
  it('work together when the second is added later', async () => {
    await apply(policyNamed(second))
    await waitFor(second, 'Impersonable=False')
    expect((await agent('-n', namespace, 'get', 'pods')).stderr).toContain(`policy "${second}" cannot work`)
    await paste(second)
    await waitFor(second, 'Impersonable')
    const read = await agent('-n', namespace, 'get', 'pods')
    expect([read.code, read.stderr]).toEqual([0, ''])
  })

  it('each report what RBAC lets their agents do, and the command that extends it', async () => {
    await waitFor(second, 'Ready=False')
    await waitFor(second, 'Permitted=Unknown')
    expect(await admin('get', 'accesspolicy', second)).toMatch(/False: AskForbidden/)
    const doctor = await kubectl('admin', ['certify', 'doctor'])
    expect(doctor.stdout).toContain(`policy "${second}" is not ready (AskForbidden): RBAC does not let the group "jit.access:baseline:${second}"`)
    expect(await messageOf(first, 'Permitted')).toContain('list pods')
    expect(await messageOf(first, 'Grantable')).toContain('patch deployments.apps')
    await paste(second, 'Grantable')
    await waitFor(second, 'Ready')
    expect((await kubectl('admin', ['certify', 'doctor'])).stdout).toContain(`policy "${second}" is ready`)
  })

  it('allow an operation under a grant', async () => {
    const name = uniqueName('made')
    const refused = await agent('-n', namespace, 'create', 'configmap', name)
    const [, line = ''] = /^ {2}kubectl (create accessrequest .*)$/m.exec(refused.stderr) ?? []
    expect(line).toContain(`--policy=${first}`)
    const asked = await agent(...line.split(' '), '-o', 'name')
    expect(asked.code, asked.stderr).toBe(0)
    const approved = await kubectl('approver', ['certify', 'approve', asked.stdout.trim().replace(/^.*\//, '')])
    expect(approved.code, approved.stderr).toBe(0)
    const made = await agent('-n', namespace, 'create', 'configmap', name)
    expect([made.code, made.stderr]).toEqual([0, ''])
  })

  it('report it when the RBAC for impersonation is removed', async () => {
    await admin('delete', 'clusterrolebinding', `jit-impersonator:${second}`)
    // kube-apiserver caches allowed impersonation for some seconds.
    await until('the gateway may not impersonate', async () => (await agent('-n', namespace, 'get', 'pods')).code !== 0)
    await waitFor(second, 'Impersonable=False')
    expect(await admin('get', 'accesspolicy', first)).toContain('True')
    await paste(second)
    await waitFor(second, 'Ready')
  })
})

const version = (): Promise<string> => admin('get', 'accesspolicy', first, '-o', 'jsonpath={.metadata.resourceVersion} {.metadata.generation}')
const conditions = (): Promise<string> => admin('get', 'accesspolicy', first, '-o', 'jsonpath={.status.conditions}')

describe('applying a policy repeatedly', () => {
  it.each([
    ['by kubectl apply', []],
    ['by server-side apply', ['--server-side', '--force-conflicts']],
    ['by another manager', ['--server-side', '--force-conflicts', '--field-manager=flux']],
  ])('%s changes nothing, and removes no condition', async (_, args) => {
    await apply(policyNamed(first), ...args)
    const [before, said] = [await version(), await conditions()]
    for (let count = 0; count < 3; count++) await apply(policyNamed(first), ...args)
    expect([await version(), await conditions()]).toEqual([before, said])
  })

  it('with another spec updates the conditions for the new generation', async () => {
    await admin('patch', 'accesspolicy', first, '--type=merge', '-p', '{"spec":{"clusters":["elsewhere"]}}')
    await waitFor(first, 'Applicable=False')
    await apply(policyNamed(first), '--server-side', '--force-conflicts')
    await admin('patch', 'accesspolicy', first, '--type=json', '-p', '[{"op":"remove","path":"/spec/clusters"}]').catch(() => '')
    await waitFor(first, 'Ready')
    const [generation, ...observed] = (
      await admin('get', 'accesspolicy', first, '-o', 'jsonpath={.metadata.generation} {.status.conditions[*].observedGeneration}')
    ).split(' ')
    expect(new Set(observed)).toEqual(new Set([generation]))
  })
})

describe('a policy whose ceiling was removed', () => {
  it('reports it', async () => {
    await waitFor(third, 'Grantable=Unknown')
    await waitFor(third, 'Ready=Unknown')
  })

  it('works after the command from its status was run', async () => {
    await paste(third, 'Grantable')
    await waitFor(third, 'Ready')
  })
})
