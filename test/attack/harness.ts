import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest, AccessRequestSpec } from '../../domain/api/access-request.ts'
import type { Environment } from '../../hack/demo/environment.ts'
import { createKubeClient, type KubeClient } from '../../kube/client.ts'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { environment, mintToken, uniqueName } from '../cluster/environment.ts'
import { openBooks, type AuditEvent, type Books } from './oracles/audit.ts'
import { leaksIn, newCanary } from './oracles/canary.ts'
import { doorOf, exchange, type Answer, type Door, type Exchange } from './oracles/wire.ts'

/** What an attack sends. `token` defaults to the agent's; `null` sends none. */
export type Attack = {
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  readonly type?: string
  readonly token?: string | null
} & Exchange

/**
 * A separate namespace with Secrets that hold canaries, a raw client that keeps every byte it receives, and access to the audit log of
 * kube-apiserver and the records of the gateway. Each file of attacks has one.
 */
export type Harness = {
  readonly environment: Environment
  readonly namespace: string
  readonly admin: KubeClient
  readonly books: Books
  readonly door: Door
  readonly token: string
  /** The canary values; `finish` searches every response for all of them. */
  readonly canaries: string[]
  readonly db: string
  /** Sends raw bytes to the gateway. */
  raw(bytes: string | Buffer, exchange?: Exchange): Promise<Answer>
  /** Sends `METHOD TARGET` with the agent's token. */
  send(line: string, attack?: Attack): Promise<Answer>
  json(line: string, body: unknown, attack?: Attack): Promise<Answer>
  /** Path of an object in the namespace: `in('secrets/db')`. */
  in(rest: string, group?: string): string
  /** Requests a grant and approves it. */
  grant(spec: Partial<AccessRequestSpec>): Promise<string>
  approve(request: string): Promise<string>
  revoke(grant: string): Promise<void>
  /** What kube-apiserver audited under the Audit-ID of a response. */
  seen(...answers: readonly Answer[]): Promise<readonly AuditEvent[]>
  secret(name: string, data: { readonly [key: string]: string }, more?: object): Promise<void>
  /** Records that kube-apiserver must not have seen this request; `finish` checks it. */
  unseen(answer: Answer): void
  /** Canaries that a grant reveals and that responses may hold. */
  readonly shown: string[]
  /** Fails if a canary is in any byte that an agent received, or if kube-apiserver saw a request that had to be refused before. */
  finish(): Promise<void>
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function bytesOf(line: string, { headers = [], body, type, token }: Attack, own: string): Buffer {
  const payload = body === undefined ? undefined : Buffer.from(body)
  const shown = token === undefined ? own : token
  const lines = [
    `${line} HTTP/1.1`,
    'Host: localhost',
    ...(shown === null ? [] : [`Authorization: Bearer ${shown}`]),
    ...(headers.some((each) => /^connection:/i.test(each)) ? [] : ['Connection: close']),
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...headers,
    ...(payload === undefined ? [] : [`Content-Length: ${payload.length}`]),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), payload ?? Buffer.alloc(0)])
}

/** A client of kube-apiserver with a token, like an approver's. */
async function clientOf({ kubernetes }: Environment, token: () => Promise<string>): Promise<KubeClient> {
  return createKubeClient({ server: new URL(kubernetes.url), ca: await readFile(kubernetes.caFile, 'utf8'), credential: { kind: 'token', token } })
}

const REQUESTS = '/apis/jit.access/v1/accessrequests'
const GRANTS = '/apis/jit.access/v1/accessgrants'

/** Adds a condition through its subresource, as `kubectl certify` does. */
async function decide(client: KubeClient, path: string, type: string, subresource: string): Promise<void> {
  const object = await client.json<AccessRequest | AccessGrant>({ method: 'GET', path })
  const condition = { type, status: 'True', reason: 'Attacks', message: 'for a test' }
  const status = { ...object.status, conditions: [...(object.status?.conditions ?? []), condition] }
  await client.json({ method: 'PUT', path: `${path}/${subresource}`, body: { ...object, status } })
}

export async function openHarness(name: string): Promise<Harness> {
  const running = await environment()
  const namespace = uniqueName(name)
  const admin = createKubeClient(await clusterConfigFromKubeconfig(running.kubeconfigs.admin))
  const approver = await clientOf(running, () => mintToken({ user: 'approver', audience: 'kubernetes' }))
  const door = doorOf(running.gateway.url, await readFile(running.gateway.caFile, 'utf8'))
  const token = await mintToken({ user: 'agent', audience: 'jit-gateway', ttl: '3600' })
  const books = await openBooks(running)
  const canaries = [newCanary(), newCanary()]
  const [db = '', tls = ''] = canaries
  const tapped: { readonly line: string; readonly bytes: Buffer }[] = []
  const shown: string[] = []
  const unseen: string[] = []

  const raw: Harness['raw'] = async (bytes, options) => {
    const answer = await exchange(door, bytes, options)
    tapped.push({ line: bytes.toString('latin1').split(' HTTP/')[0]?.slice(0, 200) ?? '', bytes: answer.raw })
    return answer
  }
  const send: Harness['send'] = (line, attack = {}) => raw(bytesOf(line, attack, token), attack)
  const json: Harness['json'] = (line, body, attack = {}) => send(line, { type: 'application/json', ...attack, body: JSON.stringify(body) })
  const inside: Harness['in'] = (rest, group = '') => `${group === '' ? '/api/v1' : `/apis/${group}`}/namespaces/${namespace}/${rest}`
  const secret: Harness['secret'] = async (secretName, data, more = {}) => {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName, namespace }, ...more }
    const coded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]))
    await admin.json({ method: 'POST', path: inside('secrets'), body: { ...object, data: coded } })
  }
  const approve: Harness['approve'] = async (request) => {
    await decide(approver, `${REQUESTS}/${request}`, 'Approved', 'approval')
    const { status } = await admin.json<AccessRequest>({ method: 'GET', path: `${REQUESTS}/${request}` })
    return status?.grantName ?? ''
  }

  await admin.json({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } })
  await secret('db', { password: db, username: 'shop' })
  await secret('tls', { 'tls.key': tls, 'tls.crt': 'public' })
  const copy = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'copy', namespace }, data: { a: `db=${db}`, b: base64(`x${db}`) } }
  await admin.json({ method: 'POST', path: inside('configmaps'), body: copy })

  return {
    environment: running,
    namespace,
    admin,
    books,
    door,
    token,
    canaries,
    db,
    raw,
    send,
    json,
    in: inside,
    approve,
    secret,
    grant: async (spec) => {
      const body = {
        apiVersion: 'jit.access/v1',
        kind: 'AccessRequest',
        metadata: { name: uniqueName('attack') },
        spec: { reason: 'attack', ...spec },
      }
      const filed = await json(`POST ${REQUESTS}`, body)
      expect(filed.status, filed.text).toBe(201)
      return approve(body.metadata.name)
    },
    revoke: (grant) => decide(approver, `${GRANTS}/${grant}`, 'Revoked', 'revocation'),
    seen: (...answers) => books.audited(answers.map(({ auditID }) => auditID)),
    shown,
    unseen: ({ auditID }) => void (auditID === '' || unseen.push(auditID)),
    finish: async () => {
      const hidden = canaries.filter((canary) => !shown.includes(canary))
      const leaked = leaksIn(Buffer.concat(tapped.map(({ bytes }) => bytes)), hidden)
      const where = leaked.length === 0 ? [] : tapped.filter(({ bytes }) => leaksIn(bytes, hidden).length > 0).map(({ line }) => line)
      expect({ leaked, where }, 'canaries that an agent could read').toEqual({ leaked: [], where: [] })
      expect(await books.audited(unseen), 'what kube-apiserver should not have heard of').toEqual([])
      await admin.json({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` })
      await Promise.all([admin.close(), approver.close()])
    },
  }
}
