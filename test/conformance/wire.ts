import { Agent, request } from 'undici'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { environment, uniqueName } from '../cluster/environment.ts'

export const BASE = '/apis/jit.access/v1'

export type Answer = {
  readonly code: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly text: string
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it is
  json<T = Body>(): T
}
export type Body = {
  readonly kind: string
  readonly reason?: string
  readonly message?: string
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly generation: number; readonly [field: string]: unknown }
  readonly details?: {
    readonly causes?: readonly { readonly reason: string; readonly field?: string; readonly message: string }[]
    readonly uid?: string
  }
  readonly items: readonly Body[]
  readonly spec: { readonly [field: string]: unknown }
  readonly status: { readonly [field: string]: unknown }
}
export type Call = { readonly body?: unknown; readonly headers?: { readonly [name: string]: string | string[] }; readonly signal?: AbortSignal }

/** Calls kube-apiserver as an admin, or as the user in Impersonate headers; responses come through the aggregation. */
export async function connect(): Promise<(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, call?: Call) => Promise<Answer>> {
  const { server, ca, credential } = await clusterConfigFromKubeconfig((await environment()).kubeconfigs.admin)
  if (credential.kind !== 'certificate') throw new Error('the admin has a certificate')
  const dispatcher = new Agent({ connect: { ca, cert: credential.cert, key: credential.key }, connections: 64, allowH2: false })
  return async (method, path, { body, headers, signal } = {}) => {
    const answer = await request(new URL(path, server), {
      dispatcher,
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await answer.body.text()
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
    return { code: answer.statusCode, headers: answer.headers, text, json: <T>() => JSON.parse(text) as T }
  }
}

/** A policy for the test that governs no existing user. */
export function policy(
  name = uniqueName('conf'),
  spec: object = {},
  metadata: object = {},
): { readonly metadata: { readonly name: string }; readonly [field: string]: unknown } {
  return {
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name, ...metadata },
    spec: { subjects: [{ kind: 'User', name: `nobody-${name}` }], hold: { timeoutSeconds: 20 }, ...spec },
  }
}

const SETTLE_TRIES = 100

/** A policy after the gateway has written its status; before that its version changes by itself. */
export async function settled(call: Awaited<ReturnType<typeof connect>>, name: string): Promise<Body> {
  for (let tries = 0; tries < SETTLE_TRIES; tries++) {
    const object = (await call('GET', `${BASE}/accesspolicies/${name}`)).json<
      Body & { readonly status?: { readonly conditions?: readonly object[] } }
    >()
    if ((object.status?.conditions ?? []).length > 0) return object
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${name} has no status`)
}

/** Headers that impersonate another user as the admin. */
export const as = (user: string, groups: readonly string[] = []): { readonly [name: string]: string | string[] } => ({
  'impersonate-user': user,
  ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
})

export type Event = { readonly type: string; readonly object: Body }

/** Reads a watch for a time, or until `enough`, and returns its events. */
export async function listen(
  call: Awaited<ReturnType<typeof connect>>,
  query: string,
  headers: { readonly [name: string]: string } = {},
): Promise<readonly Event[]> {
  const { text } = await call('GET', `${BASE}/accesspolicies?watch=true&${query}`, { headers })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}
