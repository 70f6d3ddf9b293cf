import type { AccessRequest, AccessRequestSpec } from '../../domain/api/access-request.ts'
import { onTestFinished } from 'vitest'
import { kubectl, startKubectl, uniqueName } from '../cluster/environment.ts'
import type { Program } from '../cluster/run-program.ts'
import { until } from '../until.ts'

const NAMESPACE = 'shop'

async function run(actor: 'admin' | 'agent' | 'approver', args: readonly string[], input?: string): Promise<string> {
  const ran = await kubectl(actor, args, input === undefined ? {} : { input })
  if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout
}

/** Asks for access as the agent, through the gateway. The request is withdrawn at the end of the test if it still waits. Returns its name. */
export async function ask(spec: Partial<AccessRequestSpec> = {}): Promise<string> {
  const name = uniqueName('browser')
  const rules = [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: [NAMESPACE], resourceNames: [name] }]
  const request = { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name }, spec: { rules, ...spec } }
  await run('agent', ['create', '-f', '-'], JSON.stringify(request))
  onTestFinished(async () => void (await kubectl('agent', ['delete', 'accessrequest', name, '--ignore-not-found', '--wait=false'])))
  return name
}

export const readRequest = async (name: string): Promise<AccessRequest> =>
  JSON.parse(await run('approver', ['get', 'accessrequest', name, '-o', 'json'])) as AccessRequest

/** Approves a request in the terminal. Its grant has the same name. */
export const approve = (name: string): Promise<string> => run('approver', ['certify', 'approve', name])

export const exists = async (deployment: string): Promise<boolean> =>
  (await kubectl('admin', ['-n', NAMESPACE, 'get', 'deployment', deployment])).code === 0

export type Held = { readonly deployment: string; readonly request: string; readonly kubectl: Program }

const paused = (name: string, annotations: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: NAMESPACE, annotations },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'busybox:1.35' }] } },
  },
})

/** Makes a Deployment without Pods and lets the agent delete it: kubectl waits at the gateway until somebody decides. */
export async function holdDelete(annotations: { readonly [key: string]: string } = {}): Promise<Held> {
  const deployment = uniqueName('held')
  await run('admin', ['apply', '-f', '-'], JSON.stringify(paused(deployment, annotations)))
  onTestFinished(
    async () => void (await kubectl('admin', ['-n', NAMESPACE, 'delete', 'deployment', deployment, '--ignore-not-found', '--wait=false'])),
  )
  const deleting = await startKubectl('agent', ['-n', NAMESPACE, 'delete', 'deployment', deployment, '--wait=false'])
  onTestFinished(() => deleting.interrupt())
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${deployment}`
  const request = await until('the operation waits for an approver', async () => {
    const { items } = JSON.parse(await run('approver', ['get', 'accessrequests', '-o', 'json'])) as { readonly items: readonly AccessRequest[] }
    return items.find(({ spec }) => spec.operation?.path === path)?.metadata.name
  })
  return { deployment, request, kubectl: deleting }
}
