import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { kindsOf } from '../../../apiserver/kinds.ts'
import { createHandler } from '../../../apiserver/machinery/http/handler.ts'
import { createOwnAdmission } from '../../../apiserver/resources/own-admission.ts'
import type { JsonObject, Store } from '../../../apiserver/storage/port.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import type { Clock } from '../../../domain/clock.ts'
import type { ImpactReader } from '../../../domain/explain/impact/impact-reader.ts'
import type { Identity } from '../../../domain/identity.ts'
import type { ResourceAttributes } from '../../../kube/subject-access-review.ts'

export const user = (username: string, ...groups: string[]): Identity => ({ username, uid: '', groups, extra: {} })

/** Whether RBAC allows a request. All standard verbs are allowed, except on the subresource `confirmation`, since these tests are only about it, `view` and `certify`. */
export type Rights = (who: Identity, attributes: ResourceAttributes) => boolean | Promise<boolean>
export type Answer = { readonly code: number; readonly body: JsonObject; readonly text: string; readonly headers: Headers }

const NOTHING_READ: ImpactReader = { read: () => Promise.resolve({ is: 'absent' }), count: () => Promise.resolve({ is: 'absent' }) }

export type Served = {
  readonly store: Store
  readonly clock: { now: number } & Clock
  rights: Rights
  /** Whether RBAC refuses a standard verb. By default it refuses none. */
  refuses: (attributes: ResourceAttributes) => boolean
  /** Reads the cluster for an AccessImpact. By default nothing exists. */
  impactReader: () => ImpactReader
  /** Number of access reviews of any kind. */
  reviews: number
  /** What the rules of policies said about the requests that were created. */
  readonly autoApprovals: string[]
  /** Number of RBAC checks of `view` or `certify`. */
  readonly asked: ResourceAttributes[]
  send(as: Identity, line: string, options?: { readonly body?: object; readonly accept?: string; readonly type?: string }): Promise<Answer>
  url(path: string): string
  as(caller: Identity): void
  close(): Promise<void>
}

/**
 * The apiserver over HTTP with an in-memory store. The test names the caller, without authentication.
 * @param shared the store of another replica, or one that the test watches
 * @param more what is configured besides
 */
export async function serveApi(
  startMs: number,
  shared?: Store,
  more: Pick<Parameters<typeof kindsOf>[0], 'sessions' | 'passkeys'> = {},
): Promise<Served> {
  const store = shared ?? openSqliteStore(':memory:', startMs)
  const clock = { now: startMs, nowMs: () => clock.now }
  let caller = user('nobody')
  const asked: ResourceAttributes[] = []
  const autoApprovals: string[] = []
  const served = {
    rights: (() => false) as Rights,
    refuses: (() => false) as Served['refuses'],
    reviews: 0,
    impactReader: (): ImpactReader => NOTHING_READ,
  }
  const authorizer = {
    allowed: async (who: Identity, attributes: ResourceAttributes | { readonly path: string }) => {
      served.reviews += 1
      if ('path' in attributes) return true
      if (!['view', 'certify'].includes(attributes.verb) && attributes.subresource !== 'confirmation') return !served.refuses(attributes)
      asked.push(attributes)
      return served.rights(who, attributes)
    },
  }
  const handler = createHandler({
    ...kindsOf({
      impactReader: () => served.impactReader(),
      ...more,
      store,
      clock,
      authorizer,
      autoApproved: (outcome) => void autoApprovals.push(outcome),
    }),
    store,
    clock,
    authorizer,
    // Each request of `send` names its caller, so that several callers can send at once.
    authenticate: ({ headers }) => Promise.resolve(typeof headers['x-caller'] === 'string' ? (JSON.parse(headers['x-caller']) as Identity) : caller),
    admit: createOwnAdmission(store),
    stopping: () => new AbortController().signal,
    failed: () => undefined,
    served: () => undefined,
  })
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/apis/jit.access/v1/${path}`
  return Object.assign(served, {
    store,
    clock,
    asked,
    autoApprovals,
    url,
    as: (who: Identity) => void (caller = who),
    send: async (as: Identity, line: string, options: { readonly body?: object; readonly accept?: string; readonly type?: string } = {}) => {
      caller = as
      const [method = '', path = ''] = line.split(' ')
      const { body, accept = 'application/json', type = 'application/json' } = options
      const answer = await fetch(url(path), {
        method,
        headers: { accept, 'content-type': type, connection: 'close', 'x-caller': JSON.stringify(as) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return {
        code: answer.status,
        text,
        body: (text.startsWith('{') && answer.headers.get('content-type') !== 'application/x-asciicast' ? JSON.parse(text) : {}) as JsonObject,
        headers: answer.headers,
      }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (shared === undefined) await store.close()
    },
  })
}

export type About = { readonly owner: string; readonly policy: string; readonly namespaces: readonly string[] }

export const requestOf = (name: string, { owner, policy, namespaces }: About): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name, uid: `uid-${name}` },
  spec: { requester: { username: owner }, policy, durationSeconds: 600, rules: [{ verbs: ['get'], resources: ['pods'], namespaces }] },
  status: { expiresAt: '2036-11-25T12:30:00Z' },
})

export const grantOf = (name: string, { owner, policy, namespaces }: About): AccessGrant => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessGrant',
  metadata: { name, uid: `uid-${name}` },
  spec: {
    requestName: name,
    policy,
    subject: { username: owner },
    rules: [{ verbs: ['get'], resources: ['pods'], namespaces }],
    notBefore: '2026-11-25T12:00:00Z',
    expiresAt: '2036-11-25T12:30:00Z',
  },
})

export const put = async (store: Store, resource: string, object: AccessRequest | AccessGrant | AccessPolicy): Promise<void> => {
  const { name } = object.metadata
  await store.commit([{ resource, name, expected: (await store.get(resource, name))?.version ?? 0, value: object as unknown as JsonObject }])
}
