import { GRANTS_PATH } from '../../domain/api/names.ts'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { AccessSuspension } from '../../domain/api/access-suspension.ts'
import { createSuspensionIndex, type Suspensions } from '../../domain/policy/suspensions.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { believedAgeMs } from '../../kube/last-known.ts'
import { listAll } from '../../kube/list-pages.ts'

/** A view without contact for this long may lack a revocation. */
const STALE_MS = 10_000
/** Default for `lastKnownMs`. While jit-apiserver is unavailable, grants cannot be revoked. */
export const LAST_KNOWN_MS = 600_000

/**
 * The policies, grants and suspensions used for decisions. All readers throw StatusError ServiceUnavailable when their view is out of date. While
 * jit-apiserver is unavailable, the last known state is used for `lastKnownMs`.
 */
export type AccessView = {
  /** 0 while the view is current; its age while decisions use the last known state; Infinity when it is too old for decisions. */
  outdatedForMs(): number
  policies(): readonly AccessPolicy[]
  /** The suspensions in force. */
  suspensions(): Suspensions
  /** The grant of a name, of any user. Absent: transferred grants give no access. */
  grantNamed?(name: string): AccessGrant | undefined
  /** Grants of one user, whether active or ended. */
  grantsOf(username: string): readonly AccessGrant[]
  /** Lists the grants of one user from jit-apiserver, so that a request is not refused while its grant is not in the cache yet. */
  freshGrants(username: string): Promise<readonly AccessGrant[]>
}

function current<T>(informer: Informer<T>, { what, lastKnownMs }: { readonly what: string; readonly lastKnownMs: number }): readonly T[] {
  if (believedAgeMs(informer, { currentMs: STALE_MS, lastKnownMs }) === undefined)
    throw new StatusError('ServiceUnavailable', `the gateway's view of ${what} is out of date, so it cannot decide`, {
      details: { retryAfterSeconds: 2 },
    })
  return informer.list()
}

/** Indexes grants by user and rebuilds the index after a change. Every request looks up its grants among thousands of ended ones. */
function bySubject(): (grants: readonly AccessGrant[], username: string) => readonly AccessGrant[] {
  let indexed: readonly AccessGrant[] = []
  let byUser = new Map<string, AccessGrant[]>()
  return (grants, username) => {
    if (grants !== indexed) {
      byUser = Map.groupBy(grants, ({ spec }) => spec.subject.username)
      indexed = grants
    }
    return byUser.get(username) ?? []
  }
}

export function createAccessView(options: {
  readonly client: KubeClient
  readonly policies: Informer<AccessPolicy>
  readonly grants: Informer<AccessGrant>
  readonly suspensions: Informer<AccessSuspension>
  /** How long the last known state is used while jit-apiserver is unavailable. Optional. Defaults to ten minutes. */
  readonly lastKnownMs?: number
}): AccessView {
  const lookUp = bySubject()
  const index = createSuspensionIndex()
  const { lastKnownMs = LAST_KNOWN_MS } = options
  const age = (informer: Informer<unknown>): number => believedAgeMs(informer, { currentMs: STALE_MS, lastKnownMs }) ?? Infinity
  return {
    outdatedForMs: () => Math.max(age(options.policies), age(options.grants), age(options.suspensions)),
    policies: () => current(options.policies, { what: 'policies', lastKnownMs }),
    suspensions: () => index(current(options.suspensions, { what: 'suspensions', lastKnownMs })),
    grantNamed: (name) => {
      current(options.grants, { what: 'grants', lastKnownMs })
      return options.grants.get(name)
    },
    grantsOf: (username) => lookUp(current(options.grants, { what: 'grants', lastKnownMs }), username),
    freshGrants: async (username) => {
      try {
        const query = { fieldSelector: `spec.subject.username=${escapeFieldValue(username)}` }
        return await listAll<AccessGrant>(options.client, { path: GRANTS_PATH, query, timeoutMs: 5_000 })
      } catch (error) {
        throw new StatusError('ServiceUnavailable', 'grants cannot be read, so no grant can be used', {
          cause: error,
          details: { retryAfterSeconds: 2 },
        })
      }
    },
  }
}
