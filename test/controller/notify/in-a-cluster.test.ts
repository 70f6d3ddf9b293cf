import { afterAll, beforeAll, expect, it } from 'vitest'
import { environment, kubectl, mintToken, uniqueName } from '../../cluster/environment.ts'
import { runProgram, type Ran } from '../../cluster/run-program.ts'
import { until } from '../../until.ts'

const user = uniqueName('notified')
const policy = uniqueName('notified')
const channel = uniqueName('notified')

async function admin(...args: readonly string[]): Promise<string> {
  const ran = await kubectl('admin', args)
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout
}
async function apply(document: object): Promise<void> {
  const ran = await kubectl('admin', ['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'jit.access/v1', ...document }) })
  if (ran.code !== 0) throw new Error(ran.stderr)
}
/** Runs kubectl through the gateway as a user of this test only. */
async function agent(args: readonly string[], input: object): Promise<Ran> {
  const { gateway, binDir } = await environment()
  const token = await mintToken({ user, groups: 'notified', audience: 'jit-gateway' })
  const whom = [`--server=${gateway.url}`, `--certificate-authority=${gateway.caFile}`, `--token=${token}`]
  return runProgram('kubectl', [...args, ...whom], {
    env: { PATH: `${binDir}:${process.env['PATH'] ?? ''}`, KUBECONFIG: '/dev/null' },
    input: JSON.stringify({ apiVersion: 'jit.access/v1', ...input }),
  })
}
const binding = (group: string, role: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: `${policy}-${role}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `jit.access:${group}:${policy}` }],
})

beforeAll(async () => {
  await apply({ kind: 'NotificationChannel', metadata: { name: channel }, spec: { events: {} } })
  await apply({
    kind: 'AccessPolicy',
    metadata: { name: policy },
    spec: { subjects: [{ kind: 'User', name: `oidc:${user}` }], notifications: [{ channel }] },
  })
  await apply(binding('baseline', 'jit-agent'))
  await apply(binding('baseline', 'view'))
  await apply(binding('elevated', 'edit'))
  await admin('wait', '--for=condition=Ready', `accesspolicy/${policy}`, '--timeout=110s')
}, 120_000)
afterAll(async () => {
  await kubectl('admin', ['delete', 'accesspolicy', policy, '--ignore-not-found'])
  await kubectl('admin', ['delete', 'notificationchannel', channel, '--ignore-not-found'])
  await kubectl('admin', ['delete', 'clusterrolebinding', `${policy}-jit-agent`, `${policy}-view`, `${policy}-edit`, '--ignore-not-found'])
})

it('the installed controller creates Events about a request and its denial, and writes that down', async () => {
  const name = uniqueName('asked')
  const rules = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
  const asked = await agent(['create', '-f', '-'], { kind: 'AccessRequest', metadata: { name }, spec: { rules, reason: 'a test' } })
  expect([asked.code, asked.stderr]).toEqual([0, ''])
  const events = (): Promise<string> =>
    admin(
      'get',
      'events',
      '-n',
      'default',
      `--field-selector=involvedObject.name=${name}`,
      '-o',
      'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
    )
  await until('an Event says that it waits', async () => (await events()).includes('Requested: An access request under policy'))
  await admin('certify', 'deny', name, '--reason=not-today')
  await until('an Event says that it was denied', async () => (await events()).includes('was denied'))
  await until('it is written down', async () => (await admin('get', 'accessrequest', name, '-o', 'json')).includes('"outcome": "Sent"'))
  await until('the channel is ready', async () => (await admin('get', 'notificationchannel', channel)).includes('True'))
  expect(await admin('describe', 'accessrequest', name)).toContain('Requested')
})

it('an agent can neither create a channel nor write what channels were told', async () => {
  const ran = await agent(['create', '-f', '-'], { kind: 'NotificationChannel', metadata: { name: uniqueName('mine') }, spec: { events: {} } })
  expect([ran.code === 0, ran.stderr]).toEqual([false, expect.stringContaining('Forbidden') as string])
})
