import type { AccessGrant } from '../../domain/access-grant.ts'
import type { AccessPolicy } from '../../domain/access-policy.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { listPages } from '../../kube/list-pages.ts'

export const POLICIES_PATH = '/apis/jit.access/v1/accesspolicies'
export const GRANTS_PATH = '/apis/jit.access/v1/accessgrants'

/** A view that was not in touch for this long may lack a revocation. */
const STALE_MS = 10_000

/** The policies and grants that decisions rest on. Each throws StatusError ServiceUnavailable when its view is out of date. */
export type AccessView = {
  policies(): readonly AccessPolicy[]
  /** Those of one user, live or not. */
  grantsOf(username: string): readonly AccessGrant[]
  /** Asks afresh: a grant that was approved a moment ago must count before a request is refused for want of it. */
  freshGrants(username: string): Promise<readonly AccessGrant[]>
}

function current<T>(informer: Informer<T>, what: string): readonly T[] {
  if (!informer.synced() || informer.staleForMs() > STALE_MS)
    throw new StatusError('ServiceUnavailable', `the gateway's view of ${what} is out of date, so it cannot decide`, {
      details: { retryAfterSeconds: 2 },
    })
  return informer.list()
}

/** By their users, sorted anew after a change: every request asks, and an installation keeps thousands that are over. */
function bySubject(): (grants: readonly AccessGrant[], username: string) => readonly AccessGrant[] {
  let sorted: readonly AccessGrant[] = []
  let byUser = new Map<string, AccessGrant[]>()
  return (grants, username) => {
    if (grants !== sorted) {
      byUser = Map.groupBy(grants, ({ spec }) => spec.subject.username)
      sorted = grants
    }
    return byUser.get(username) ?? []
  }
}

export function createAccessView(options: {
  readonly client: KubeClient
  readonly policies: Informer<AccessPolicy>
  readonly grants: Informer<AccessGrant>
}): AccessView {
  const among = bySubject()
  return {
    policies: () => current(options.policies, 'policies'),
    grantsOf: (username) => among(current(options.grants, 'grants'), username),
    freshGrants: async (username) => {
      try {
        const query = { fieldSelector: `spec.subject.username=${username.replaceAll(/[\\,=]/g, '\\$&')}` }
        const grants: AccessGrant[] = []
        for await (const { items } of listPages<AccessGrant>(options.client, { path: GRANTS_PATH, query, timeoutMs: 5_000 })) grants.push(...items)
        return grants
      } catch (error) {
        throw new StatusError('ServiceUnavailable', 'grants cannot be read, so nothing can rest on one', {
          cause: error,
          details: { retryAfterSeconds: 2 },
        })
      }
    },
  }
}
