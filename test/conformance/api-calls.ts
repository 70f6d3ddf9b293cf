import { Agent, request } from 'undici'
import { afterAll } from 'vitest'
import { clusterConfigFromKubeconfig } from '../../kube/cluster-config.ts'
import { environment, uniqueName } from '../cluster/environment.ts'
import { until } from '../until.ts'

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
export type Call = {
  readonly body?: unknown
  readonly headers?: { readonly [name: string]: string | string[] }
  readonly signal?: AbortSignal
  /** Receives each line of the body as it arrives. */
  readonly onLine?: (line: string) => void
}

export type Connected = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, call?: Call) => Promise<Answer>

/** Calls kube-apiserver as an admin, or as the user in Impersonate headers; responses come through the aggregation. */
export async function connect(): Promise<Connected> {
  const { server, ca, credential } = await clusterConfigFromKubeconfig((await environment()).kubeconfigs.admin)
  if (credential.kind !== 'certificate') throw new Error('the admin has a certificate')
  const dispatcher = new Agent({ connect: { ca, cert: credential.cert, key: credential.key }, connections: 64, allowH2: false })
  return async (method, path, { body, headers, signal, onLine } = {}) => {
    const answer = await request(new URL(path, server), {
      dispatcher,
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const decoder = new TextDecoder()
    let text = ''
    let told = 0
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      text += decoder.decode(chunk, { stream: true })
      for (let end = text.indexOf('\n', told); end >= 0; end = text.indexOf('\n', told)) {
        onLine?.(text.slice(told, end))
        told = end + 1
      }
    }
    if (told < text.length) onLine?.(text.slice(told))
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
    return { code: answer.statusCode, headers: answer.headers, text, json: <T>() => JSON.parse(text) as T }
  }
}

const NOBODY = 'nobody-'

/** A policy for the test that governs no existing user. {@link removePolicies} deletes it after the file. */
export function policy(
  name = uniqueName('conf'),
  spec: object = {},
  metadata: object = {},
): { readonly metadata: { readonly name: string }; readonly [field: string]: unknown } {
  return {
    apiVersion: 'jit.access/v1',
    kind: 'AccessPolicy',
    metadata: { name, ...metadata },
    spec: { subjects: [{ kind: 'User', name: `${NOBODY}${name}` }], hold: { timeoutSeconds: 20 }, ...spec },
  }
}

/**
 * Deletes the policies of a test file after it. No agent can use them, so the gateway checks each of them every few seconds, and policies of
 * later tests would wait for their status.
 */
export function removePolicies(call: () => Connected): void {
  afterAll(async () => {
    const { items } = (await call()('GET', `${BASE}/accesspolicies`)).json()
    const ours = items.filter(({ spec }) => (spec['subjects'] as readonly { readonly name: string }[])[0]?.name.startsWith(NOBODY))
    await Promise.all(ours.map(({ metadata }) => call()('DELETE', `${BASE}/accesspolicies/${metadata.name}`)))
  })
}

/** A policy after the gateway has written its status; before that its version changes by itself. */
export const settled = (call: Connected, name: string): Promise<Body> =>
  until(`${name} has a status`, async () => {
    const object = (await call('GET', `${BASE}/accesspolicies/${name}`)).json<
      Body & { readonly status?: { readonly conditions?: readonly object[] } }
    >()
    return (object.status?.conditions ?? []).length > 0 && object
  })

/** Waits until RBAC allows users or groups something: kube-apiserver applies new roles and bindings a moment later. */
export async function permitted(
  call: Connected,
  who: { readonly user?: string; readonly groups?: readonly string[] },
  attributes: object,
): Promise<void> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { ...who, resourceAttributes: attributes } }
  await until(`RBAC allows ${JSON.stringify(who)} ${JSON.stringify(attributes)}`, async () => {
    const { status } = (await call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body })).json()
    return status['allowed'] === true
  })
}

/** Headers that impersonate another user as the admin. */
export const as = (user: string, groups: readonly string[] = []): { readonly [name: string]: string | string[] } => ({
  'impersonate-user': user,
  ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
})

export type Event = { readonly type: string; readonly object: Body }

/** Reads a watch of policies until an event is the last that the caller wants, or to its end. Returns its events. */
export async function listen(
  call: Connected,
  query: string,
  { isLast = () => false, headers = {} }: { readonly isLast?: (event: Event) => boolean; readonly headers?: Call['headers'] } = {},
): Promise<readonly Event[]> {
  const enough = new AbortController()
  const events: Event[] = []
  const reading = call('GET', `${BASE}/accesspolicies?watch=true&${query}`, {
    headers,
    signal: enough.signal,
    onLine: (line) => {
      if (enough.signal.aborted) return
      const event = JSON.parse(line) as Event
      events.push(event)
      if (isLast(event)) enough.abort()
    },
  })
  await reading.catch((error: unknown) => (enough.signal.aborted ? undefined : Promise.reject(error)))
  return events
}
