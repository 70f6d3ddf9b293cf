import { onTestFinished } from 'vitest'
import type { AccessRequest, AccessRequestSpec } from '../../domain/api/access-request.ts'
import type { AccessSession } from '../../domain/api/access-session.ts'
import type { Operation } from '../../domain/api/rules.ts'
import { kubectl, mintToken, startKubectl, uniqueName } from '../cluster/environment.ts'
import type { Program } from '../cluster/run-program.ts'
import { until } from '../until.ts'

const NAMESPACE = 'shop'

async function run(actor: 'admin' | 'agent' | 'approver', args: readonly string[], input?: string): Promise<string> {
  const ran = await kubectl(actor, args, input === undefined ? {} : { input })
  if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}

/** Runs a step at the end of the test, or of the file. */
export type Later = (end: () => Promise<void> | void) => void

/** An agent with any name, and any group besides that of the policy. */
export async function somebody(name: string, group: string): Promise<{ readonly agent: string; readonly token: string }> {
  const user = `${name} ${uniqueName('agent')}`
  return { agent: `oidc:${user}`, token: await mintToken({ user, groups: 'agents', claims: JSON.stringify({ groups: ['agents', group] }) }) }
}

type AskOptions = { /** Defaults to the agent's. */ readonly token?: string; readonly later?: Later }

/** Asks for access as an agent, through the gateway. The request is withdrawn in the end if it still waits. Returns its name. */
export async function ask(spec: Partial<AccessRequestSpec> = {}, { token, later = onTestFinished }: AskOptions = {}): Promise<string> {
  const name = uniqueName('browser')
  const rules = [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: [NAMESPACE], resourceNames: [name] }]
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules, ...spec } }
  const as = token === undefined ? [] : [`--token=${token}`]
  await run('agent', [...as, 'create', '-f', '-'], JSON.stringify(request))
  later(() => withdraw(name, as))
  return name
}

/** Withdraws a request that still waits. One that is decided stays. */
const withdraw = async (name: string, as: readonly string[] = []): Promise<void> =>
  void (await kubectl('agent', [...as, 'delete', 'accessrequest', name, '--ignore-not-found', '--wait=false']))

export const readRequest = async (name: string): Promise<AccessRequest> =>
  JSON.parse(await run('approver', ['get', 'accessrequest', name, '-o', 'json'])) as AccessRequest

/** Approves a request in the terminal. Its grant has the same name. */
export const approve = (name: string): Promise<string> => run('approver', ['certify', 'approve', name])

export const exists = async (deployment: string): Promise<boolean> =>
  (await kubectl('admin', ['-n', NAMESPACE, 'get', 'deployment', deployment])).code === 0

export type Held = { readonly name: string; readonly request: string; readonly kubectl: Program }
type HoldOptions = {
  readonly annotations?: { readonly [key: string]: string }
  /** Beginning of the name of the object. Defaults to `held`. */
  readonly prefix?: string
  /** Of the agent. Defaults to that of the agent's kubeconfig. */
  readonly token?: string
  readonly later?: Later
}

/** Waits until the gateway has filed the request of an operation that waits. */
async function pendingFor(matches: (operation: Operation) => boolean): Promise<string> {
  return await until('the operation waits for an approver', async () => {
    const { items } = JSON.parse(await run('approver', ['get', 'accessrequests', '-o', 'json'])) as { readonly items: readonly AccessRequest[] }
    return items.find(({ spec: { operation } }) => operation !== undefined && matches(operation))?.metadata.name
  })
}

const container = { name: 'c', image: 'busybox:1.35' }
const metadataOf = (name: string, annotations: HoldOptions['annotations'] = {}): object => ({ name, namespace: NAMESPACE, annotations })

/** Makes a Deployment without Pods and lets the agent delete it: kubectl waits at the gateway until somebody decides. */
export async function holdDelete({ annotations, prefix = 'held', token, later = onTestFinished }: HoldOptions = {}): Promise<Held> {
  const name = uniqueName(prefix)
  const as = token === undefined ? [] : [`--token=${token}`]
  const labels = { app: name }
  const spec = { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } }
  await run(
    'admin',
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadataOf(name, annotations), spec }),
  )
  later(async () => void (await kubectl('admin', ['-n', NAMESPACE, 'delete', 'deployment', name, '--ignore-not-found', '--wait=false'])))
  const deleting = await startKubectl('agent', [...as, '-n', NAMESPACE, 'delete', 'deployment', name, '--wait=false'])
  later(() => deleting.interrupt())
  const request = await pendingFor(({ path }) => path === `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}`)
  later(() => withdraw(request, as))
  return { name, kubectl: deleting, request }
}

/** Lets the agent create a Pod in the network of its node: kubectl waits at the gateway until somebody decides. */
export async function holdCreate({ annotations, prefix = 'held', later = onTestFinished }: HoldOptions = {}): Promise<Held> {
  const name = uniqueName(prefix)
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: metadataOf(name, annotations), spec: { hostNetwork: true, containers: [container] } }
  const creating = await startKubectl('agent', ['create', '-f', '-'])
  later(() => creating.interrupt())
  creating.write(JSON.stringify(pod))
  creating.endInput()
  const request = await pendingFor(({ body }) => body?.includes(name) === true)
  later(() => withdraw(request))
  return { name, kubectl: creating, request }
}

/** A key of the approver that is not registered yet. Returns its name. */
export async function unregisteredKey(later: Later = onTestFinished): Promise<string> {
  const key = { apiVersion: 'jit.access/v1', kind: 'ApproverKey', metadata: { generateName: 'key-' }, spec: { label: 'browser' } }
  const made = JSON.parse(await run('approver', ['create', '-o', 'json', '-f', '-'], JSON.stringify(key))) as {
    readonly metadata: { readonly name: string }
  }
  later(async () => void (await kubectl('approver', ['delete', 'approverkey', made.metadata.name, '--ignore-not-found'])))
  return made.metadata.name
}

/** The session of an agent that the gateway has recorded. */
export async function sessionOf(agent: string): Promise<string> {
  return await until('the session of the agent is in the records', async () => {
    const { items } = JSON.parse(await run('approver', ['get', 'accesssessions', '-o', 'json'])) as { readonly items: readonly AccessSession[] }
    return items.find(({ spec }) => spec.username === agent)?.metadata.name
  })
}
