import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createAuthority } from '../../hack/cluster/certificate-authority.ts'

export const LEASE = '/apis/coordination.k8s.io/v1/namespaces/jit-system/leases/jit-access-controller'
export const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
export const CONFIGURATION = `${CONFIGURATIONS}/jit-access`
export const NAMES = '/api/v1/namespaces/jit-system/configmaps/jit-access-governed'
export const POLICIES = '/apis/jit.access/v1/accesspolicies'
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

type Stored = { readonly metadata: { readonly name: string; readonly resourceVersion: string }; readonly [field: string]: unknown }
export type Write = { readonly by: string; readonly line: string }

/** What the controller uses of kube-apiserver: few objects with resource versions, watches that report nothing, and RBAC that allows everything. */
export type ClusterFake = {
  readonly objects: Map<string, Stored>
  readonly writes: Write[]
  /** Reads of single objects. */
  readonly reads: Write[]
  /** Writes the configuration of a replica, and returns the file. Its token is its name. */
  configure(name: string): Promise<string>
  stop(): Promise<void>
}

const named = (name: string, more: object = {}): Stored => ({ ...more, metadata: { name, resourceVersion: '1' } })
const policy = {
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name: 'agents', resourceVersion: '1', generation: 1, uid: 'u' },
  spec: { subjects: [{ kind: 'Group', name: 'oidc:agents' }] },
}

const callerOf = ({ headers }: IncomingMessage): string => (headers.authorization ?? '').replace('Bearer ', '')

async function bodyOf(request: IncomingMessage): Promise<Stored> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text) as Stored
}

export async function startClusterFake(): Promise<ClusterFake> {
  const dir = await mkdtemp(join(tmpdir(), 'jit-controller-'))
  const authority = await createAuthority('fake')
  const pair = await authority.issue({ commonName: 'kube-apiserver', usage: 'server', dns: ['localhost'], ips: ['127.0.0.1'] })
  await writeFile(join(dir, 'ca.crt'), authority.cert)
  const writes: Write[] = []
  const reads: Write[] = []
  const objects = new Map<string, Stored>([
    [LEASE, named('jit-access-controller')],
    [CONFIGURATION, named('jit-access', { webhooks: [{ name: 'governed.jit.access' }] })],
    [NAMES, named('jit-access-governed')],
    [`${POLICIES}/agents`, policy],
  ])
  const listOf = (folder: string): object => ({
    metadata: { resourceVersion: '1' },
    items: [...objects].filter(([path]) => path.startsWith(`${folder}/`)).map(([, object]) => object),
  })
  const replace = (path: string, next: Stored): { readonly code: number; readonly body: object } => {
    const key = path.replace(/[/]status$/, '')
    const held = objects.get(key)
    if (held?.metadata.resourceVersion !== next.metadata.resourceVersion)
      return { code: 409, body: { kind: 'Status', reason: 'Conflict', message: 'it has changed' } }
    const stored = { ...next, metadata: { ...next.metadata, resourceVersion: String(Number(next.metadata.resourceVersion) + 1) } }
    objects.set(key, stored)
    return { code: 200, body: stored }
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://fake')
    const send = (code: number, body: object): void => void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'GET') {
      if (searchParams.has('watch')) return response.writeHead(200).flushHeaders()
      const object = objects.get(pathname)
      if (object !== undefined) {
        reads.push({ by: callerOf(request), line: `GET ${pathname}` })
        return send(200, object)
      }
      if (pathname === POLICIES || pathname === CONFIGURATIONS) return send(200, listOf(pathname))
      return pathname === '/version' ? send(200, { major: '1', minor: '37' }) : send(404, { kind: 'Status', reason: 'NotFound', message: 'not here' })
    }
    if (pathname === REVIEWS) return send(201, { status: { allowed: true } })
    writes.push({ by: callerOf(request), line: `${request.method ?? ''} ${pathname}` })
    const { code, body } = replace(pathname, await bodyOf(request))
    send(code, body)
  }
  const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    objects,
    writes,
    reads,
    configure: async (name) => {
      const kubeconfig = join(dir, `${name}.kubeconfig`)
      const cluster = { server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, 'certificate-authority': join(dir, 'ca.crt') }
      const contexts = [{ name: 'c', context: { cluster: 'c', user: 'u' } }]
      const users = [{ name: 'u', user: { token: name } }]
      await writeFile(kubeconfig, stringify({ clusters: [{ name: 'c', cluster }], users, contexts, 'current-context': 'c' }))
      const file = join(dir, `${name}.yaml`)
      const lease = { namespace: 'jit-system', name: 'jit-access-controller' }
      const impersonator = { namespace: 'jit-system', name: 'jit-impersonator' }
      const governed = { namespace: 'jit-system', name: 'jit-access-governed' }
      const admin = { address: '127.0.0.1', port: 0 }
      await writeFile(file, stringify({ admin, kubeconfig, lease, impersonator, configuration: 'jit-access', governed }))
      return file
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
