import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { believedAgeMs } from '../../kube/last-known.ts'
import { listAll } from '../../kube/list-pages.ts'

export const POLICIES_PATH = '/apis/jit.access/v1/accesspolicies'
export const GRANTS_PATH = '/apis/jit.access/v1/accessgrants'

/** A view that was not in touch for this long may lack a revocation. */
const STALE_MS = 10_000
/** While jit-apiserver is away nobody can revoke. */
export const LAST_KNOWN_MS = 600_000

/**
 * The policies and grants that decisions rest on. Each throws StatusError ServiceUnavailable when its view is out of date. While
 * jit-apiserver is away, what was last known counts for a while.
 */
export type AccessView = {
  /** 0 while the view is current; how old it is while decisions rest on what was last known; Infinity when none can be made. */
  outdatedForMs(): number
  policies(): readonly AccessPolicy[]
  /** Those of one user, live or not. */
  grantsOf(username: string): readonly AccessGrant[]
  /** Asks afresh: a grant that was approved a moment ago must count before a request is refused for want of it. */
  freshGrants(username: string): Promise<readonly AccessGrant[]>
}

function current<T>(informer: Informer<T>, { what, lastKnownMs }: { readonly what: string; readonly lastKnownMs: number }): readonly T[] {
  if (believedAgeMs(informer, { currentMs: STALE_MS, lastKnownMs }) === undefined)
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
  /** How long what was last known counts while jit-apiserver is away. Optional. Defaults to ten minutes. */
  readonly lastKnownMs?: number
}): AccessView {
  const among = bySubject()
  const { lastKnownMs = LAST_KNOWN_MS } = options
  const age = (informer: Informer<unknown>): number => believedAgeMs(informer, { currentMs: STALE_MS, lastKnownMs }) ?? Infinity
  return {
    outdatedForMs: () => Math.max(age(options.policies), age(options.grants)),
    policies: () => current(options.policies, { what: 'policies', lastKnownMs }),
    grantsOf: (username) => among(current(options.grants, { what: 'grants', lastKnownMs }), username),
    freshGrants: async (username) => {
      try {
        const query = { fieldSelector: `spec.subject.username=${escapeFieldValue(username)}` }
        return await listAll<AccessGrant>(options.client, { path: GRANTS_PATH, query, timeoutMs: 5_000 })
      } catch (error) {
        throw new StatusError('ServiceUnavailable', 'grants cannot be read, so nothing can rest on one', {
          cause: error,
          details: { retryAfterSeconds: 2 },
        })
      }
    },
  }
}
