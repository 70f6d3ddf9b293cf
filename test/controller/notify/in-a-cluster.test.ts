import { afterAll, beforeAll, expect, it } from 'vitest'
import { kubectl, uniqueName } from '../../cluster/environment.ts'
import type { Ran } from '../../cluster/run-program.ts'
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
/** Sends an object as a governed user, not through the gateway. */
const agent = (document: object): Promise<Ran> =>
  kubectl('admin', ['create', '-f', '-', `--as=oidc:${user}`], { input: JSON.stringify({ apiVersion: 'jit.access/v1', ...document }) })
const binding = (role: string, subject: object): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: `${policy}-${role}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', ...subject }],
})

beforeAll(async () => {
  await apply({ kind: 'NotificationChannel', metadata: { name: channel }, spec: { events: {} } })
  await apply({
    kind: 'AccessPolicy',
    metadata: { name: policy },
    spec: { subjects: [{ kind: 'User', name: `oidc:${user}` }], notifications: [{ channel, events: ['Requested', 'Decided', 'Suspended'] }] },
  })
  for (const role of ['jit-agent', 'jit-notification-admin']) await apply(binding(role, { kind: 'User', name: `oidc:${user}` }))
  await apply(binding('edit', { kind: 'Group', name: `jit.access:elevated:${policy}` }))
})
afterAll(async () => {
  await kubectl('admin', ['delete', 'accesspolicy', policy, '--ignore-not-found'])
  await kubectl('admin', ['delete', 'notificationchannel', channel, '--ignore-not-found'])
  await kubectl('admin', [
    'delete',
    'clusterrolebinding',
    `${policy}-jit-agent`,
    `${policy}-jit-notification-admin`,
    `${policy}-edit`,
    '--ignore-not-found',
  ])
})

it('the installed controller creates Events about a request and its denial, and writes that down', async () => {
  const name = uniqueName('asked')
  const rules = [{ verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
  const asked = await agent({ kind: 'AccessRequest', metadata: { name }, spec: { rules, reason: 'a test' } })
  expect([asked.code, asked.code === 0 ? '' : asked.stderr]).toEqual([0, ''])
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

it('the installed controller creates Events about a suspension and its end, and writes that down', async () => {
  const name = uniqueName('stopped')
  await apply({ kind: 'AccessSuspension', metadata: { name }, spec: { subjects: [{ kind: 'User', name: `oidc:${user}` }], reason: 'a test' } })
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
  await until('an Event says whom it stops', async () => (await events()).includes(`Suspended: Agents were suspended: Stops: User oidc:${user}`))
  await admin('certify', 'resume', name, '--reason=done')
  await until('an Event says that it was lifted', async () => (await events()).includes('Lifted: A suspension of agents was lifted'))
  await until(
    'both are written down',
    async () => (await admin('get', 'accesssuspension', name, '-o', 'json')).match(/"outcome": "Sent"/g)?.length === 2,
  )
  await admin('delete', 'accesssuspension', name)
})

it('a governed user cannot create a channel, although RBAC allows it', async () => {
  const ran = await agent({ kind: 'NotificationChannel', metadata: { name: uniqueName('mine') }, spec: { events: {} } })
  expect([ran.code === 0, ran.stderr]).toEqual([false, expect.stringContaining('cannot create notificationchannels') as string])
})
