import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { createKubeClient } from '../../../kube/client.ts'
import { kubectl, mintToken } from '../../cluster/environment.ts'
import { openHarness, type Harness } from '../harness.ts'
import { grep } from '../oracles/grep.ts'

/** K. Around the gateway: what else an agent, a pod or a thief can reach. */
let harness: Harness
beforeAll(async () => void (harness = await openHarness('attack-k')))
afterAll(() => harness.finish())

type Policy = {
  readonly kind: string
  readonly spec?: {
    readonly podSelector: object
    readonly policyTypes: readonly string[]
    readonly egress: readonly {
      readonly to?: readonly { readonly namespaceSelector?: { readonly matchLabels?: { readonly [label: string]: string } } }[]
      readonly ports?: readonly { readonly port?: number }[]
    }[]
  }
}
type TokenReply = { readonly status: { readonly token: string } }
async function accountToken(namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const { status } = await harness.admin.json<TokenReply>({ method: 'POST', path, body: { spec: { expirationSeconds: 600 } } })
  return status.token
}
/** kube-apiserver directly, with a stolen token. */
async function statusAs(token: string, path: string, headers: { readonly [name: string]: string | string[] } = {}): Promise<number> {
  const { url, caFile } = harness.environment.kubernetes
  const client = createKubeClient({
    server: new URL(url),
    ca: await readFile(caFile, 'utf8'),
    credential: { kind: 'token', token: () => Promise.resolve(token) },
  })
  const { status, body } = await client.raw({ method: 'GET', path, headers })
  await body.dump()
  await client.close()
  return status
}
const SECRETS = '/api/v1/secrets'

const as = (user: string, groups: readonly string[]) => ({ 'Impersonate-User': user, 'Impersonate-Group': [...groups] })

describe('K. around the gateway', () => {
  it('K01 a pod’s own ServiceAccount token reads no Secret and writes nothing', async () => {
    const token = await accountToken(harness.namespace, 'default')
    expect(await statusAs(token, SECRETS)).toBe(403)
    expect(await statusAs(token, harness.in('secrets/db'))).toBe(403)
  })
  it('K02 the kubelet refuses the agent, with its token or without', async () => {
    const { items } = await harness.admin.json<{
      readonly items: readonly { readonly status: { readonly addresses: readonly { readonly address: string }[] } }[]
    }>({ method: 'GET', path: '/api/v1/nodes' })
    const address = items[0]?.status.addresses[0]?.address ?? ''
    const token = await mintToken({ user: 'agent', audience: 'kubernetes' })
    for (const authorization of ['', `Authorization: Bearer ${token}\r\n`]) {
      const answer = await kubelet(address, `GET /pods HTTP/1.1\r\nHost: ${address}\r\n${authorization}Connection: close\r\n\r\n`)
      expect(answer).not.toMatch(/^HTTP\/1[.]1 200/)
    }
  })
  it('K02 the NetworkPolicy for agents does not allow etcd, the kubelet or the metadata address', async () => {
    // The shipped policy; the local node has no network plugin that would enforce it.
    const documents = parseAllDocuments(await readFile('manifests/samples/agent-network-policy.yaml', 'utf8')).map((each) => each.toJS() as Policy)
    const { spec } = documents.find(({ kind }) => kind === 'NetworkPolicy') as Policy
    expect(spec?.podSelector).toEqual({})
    expect(spec?.policyTypes).toEqual(['Egress'])
    for (const { to = [], ports = [] } of spec?.egress ?? []) {
      expect(to.length).toBeGreaterThan(0)
      // Namespaces by name only: an address block could include nodes, etcd or 169.254.169.254.
      for (const peer of to) expect(peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name']).toMatch(/^(jit-system|kube-system)$/)
      expect(ports.map(({ port }) => port).filter((port) => port !== 53 && port !== 8443)).toEqual([])
      expect(ports.length).toBeGreaterThan(0)
    }
  })
  it('K03 the gateway’s stolen credential can neither administer nor read', async () => {
    const stolen = await accountToken('jit-system', 'jit-impersonator')
    expect(await statusAs(stolen, SECRETS)).toBe(403)
    expect(await statusAs(stolen, SECRETS, as('x', ['system:masters']))).toBe(403)
    expect(await statusAs(stolen, SECRETS, as('x', ['oidc:developers']))).toBe(403)
    expect(await statusAs(stolen, SECRETS, as('system:serviceaccount:kube-system:generic-garbage-collector', []))).toBe(403)
    expect(await statusAs(stolen, SECRETS, as('system:node:node-1', ['system:nodes']))).toBe(403)
    expect(
      await statusAs(stolen, '/api/v1/nodes/node-1/proxy/pods', as('jit.access:agent', ['jit.access:agents', 'jit.access:elevated:coding-agents'])),
    ).toBe(403)
    // Our other credentials have what their servers need, and no Secrets except the gateway's view.
    for (const name of ['jit-webhook', 'jit-apiserver', 'jit-controller'])
      expect(await statusAs(await accountToken('jit-system', name), SECRETS)).toBe(403)
  })
  it('K03 X14 the stolen credential writes nothing without a live grant: the second lock', async () => {
    const { url, caFile } = harness.environment.kubernetes
    const token = await accountToken('jit-system', 'jit-impersonator')
    const client = createKubeClient({
      server: new URL(url),
      ca: await readFile(caFile, 'utf8'),
      credential: { kind: 'token', token: () => Promise.resolve(token) },
    })
    const headers = {
      'Impersonate-User': 'jit.access:agent',
      'Impersonate-Extra-jit.access%2Fuser': 'oidc:agent',
      'Impersonate-Group': ['jit.access:agents', 'jit.access:baseline:coding-agents', 'jit.access:elevated:coding-agents'],
    }
    const extras = [{}, { 'Impersonate-Extra-jit.access%2Fgrant': 'no-such-grant', 'Impersonate-Extra-jit.access%2Frequest': 'x' }]
    for (const extra of extras) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stolen' } }
      const answer = await client.raw({ method: 'POST', path: harness.in('configmaps'), body, headers: { ...headers, ...extra } })
      await answer.body.dump()
      expect(answer.status).toBe(403)
    }
    await client.close()
  })
  it('K04 TLS before 1.2 is refused, and upstream certificates are verified everywhere', async () => {
    const { host, port } = harness.door
    const old = await new Promise<string>((resolve) => {
      const socket = connect({ host, port, rejectUnauthorized: false, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' })
      socket.on('secureConnect', () => resolve(`spoke ${socket.getProtocol() ?? ''}`))
      socket.on('error', () => resolve('refused'))
    })
    expect(old).toBe('refused')
    const sources = ['gateway', 'kube', 'server', 'webhook', 'controller', 'console', 'login', 'apiserver', 'cli', 'certificates']
    // The aggregated API server accepts client certificates of the front proxy and verifies them itself.
    const allowed = 'apiserver/main.ts: server: { requestCert: true, rejectUnauthorized: false, ca: [] },'
    const found = await grep(sources, /rejectUnauthorized: false|NODE_TLS_REJECT|insecureHTTPParser: true|headersDistinct|http-proxy/)
    expect(found.filter((line) => !line.startsWith(allowed))).toEqual([])
  })
  it('K05 no package runs an install script, each is pinned by digest, and few are needed at run time', async () => {
    const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
      readonly packages: {
        readonly [path: string]: {
          readonly integrity?: string
          readonly resolved?: string
          readonly hasInstallScript?: boolean
          readonly dev?: boolean
          readonly optional?: boolean
        }
      }
    }
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
    for (const [path, { integrity }] of packages) expect(integrity, path).toMatch(/^sha512-/)
    expect(packages.filter(([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true).map(([path]) => path)).toEqual([])
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly dependencies: { readonly [name: string]: string } }
    for (const [name, version] of Object.entries(dependencies)) expect(version, name).toMatch(/^\d+[.]\d+[.]\d+$/)
  })
  it('X15 an agent directly at kube-apiserver is refused as well, and cannot impersonate', async () => {
    const direct = (...args: readonly string[]) => kubectl('agentDirect', ['-n', harness.namespace, ...args])
    expect((await direct('get', 'secrets', '-o', 'yaml')).code).not.toBe(0)
    expect((await direct('create', 'configmap', 'x')).code).not.toBe(0)
    expect((await direct('get', 'secrets', '--as=oidc:agent', '--as-group=jit.access:agents')).stderr).toContain('forbidden')
    expect((await direct('get', '--raw', '/apis/jit.access/v1/accessgrants')).stdout).not.toContain(harness.db)
  })
  it('X16 our pods run as an unprivileged user without capabilities, with a read-only root and only the tokens that they need', async () => {
    const text = (await kubectl('admin', ['-n', 'jit-system', 'get', 'deployments', '-o', 'json'])).stdout
    type Named = { readonly metadata: { readonly name: string } }
    type Pod = { readonly spec: { readonly securityContext?: object; readonly containers: readonly { readonly securityContext?: object }[] } }
    const { items } = JSON.parse(text) as { readonly items: readonly (Named & { readonly spec: { readonly template: Pod } })[] }
    const names = items.map(({ metadata }) => metadata.name).toSorted()
    expect(names).toEqual(['jit-apiserver', 'jit-apiserver-standby', 'jit-console', 'jit-controller', 'jit-gateway', 'jit-webhook'])
    for (const { spec } of items)
      for (const container of spec.template.spec.containers)
        expect({ ...spec.template.spec.securityContext, ...container.securityContext }).toMatchObject({
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
  })
})

function kubelet(host: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: 10_250, rejectUnauthorized: false })
    let text = ''
    socket.on('secureConnect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('close', () => resolve(text))
    socket.on('error', () => resolve(text))
    setTimeout(() => socket.destroy(), 5000)
  })
}
