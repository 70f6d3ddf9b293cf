import { GRANTS_PATH, POLICIES_PATH, SUSPENSIONS_PATH, objectPath } from '../../domain/api/names.ts'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import type { AccessSuspension } from '../../domain/api/access-suspension.ts'
import { ancestorNames, type GrantByName } from '../../domain/grant/lineage.ts'
import { createSuspensionIndex, indexSuspensions, type Suspensions } from '../../domain/policy/suspensions.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { saysAbsent, StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { believedAgeMs } from '../../kube/last-known.ts'
import { listAll } from '../../kube/list-pages.ts'
import { sharedRead } from './shared-read.ts'

/** The policies, grants and suspensions that a decision is based on. */
export type View = {
  readonly policies: readonly AccessPolicy[]
  readonly grants: readonly AccessGrant[]
  readonly suspensions: Suspensions
  /** Looks up the grants that others are a part of. Absent: transferred grants give no access. */
  readonly ancestors?: GrantByName
  /** Age of the data in milliseconds while jit-apiserver is unavailable. Unset if the data is current. */
  readonly outdatedForMs?: number
}

/** Selects the grants to read: the one that the gateway named, otherwise all of the user. */
export type GrantSelector = { readonly username: string; readonly grantName: string | undefined }

export type Views = {
  /**
   * The copy kept by watches, or the last known one while jit-apiserver is unavailable. Undefined if it was never read or is older than
   * allowed.
   */
  cached(): View | undefined
  /** Reads from the API. @throws StatusError ServiceUnavailable when the read fails */
  fresh(selector: GrantSelector): Promise<View>
  /** Age of the copy in milliseconds: 0 while all watches are established, Infinity before the first read. */
  staleForMs(): number
}

/** Two reads and a claim must fit into the webhook's timeoutSeconds, which is 5. */
export const CALL_TIMEOUT_MS = 2_000

/** The most grants that are read to find out whether others, which are a part of them, still live. Those of the others give no access. */
const MAX_ANCESTORS = 16

/** The grants that the given ones are a part of: those of the latest first, since ended ones are kept for days. */
function aboveOf(grants: readonly AccessGrant[]): readonly string[] {
  const latest = grants.toSorted((one, other) => Date.parse(other.spec.notBefore) - Date.parse(one.spec.notBefore))
  return [...new Set(latest.flatMap(ancestorNames))].slice(0, MAX_ANCESTORS)
}

async function getGrant(client: KubeClient, name: string): Promise<readonly AccessGrant[]> {
  try {
    return [await client.json<AccessGrant>({ method: 'GET', path: objectPath(GRANTS_PATH, name), timeoutMs: CALL_TIMEOUT_MS })]
  } catch (error) {
    if (saysAbsent(error, { resource: 'accessgrants', name })) return []
    throw error
  }
}

export function createViews(options: {
  readonly client: KubeClient
  readonly policies: Informer<AccessPolicy>
  readonly grants: Informer<AccessGrant>
  readonly suspensions: Informer<AccessSuspension>
  /** Maximum age of the cached view in milliseconds. */
  readonly staleLimitMs: number
  /** Maximum age in milliseconds while jit-apiserver is unavailable. */
  readonly lastKnownMs: number
  /** Called after each read from the API, with the error if it failed. */
  readonly onRead: (error?: unknown) => void
}): Views {
  const { client, policies, grants, suspensions } = options
  const watched = [policies, grants, suspensions]
  const index = createSuspensionIndex()
  const staleForMs = (): number => Math.max(...watched.map((informer) => informer.staleForMs()))

  const read = sharedRead(async (key: string): Promise<View> => {
    const { username, grantName } = JSON.parse(key) as { readonly username?: string; readonly grantName?: string }
    try {
      const [freshPolicies, freshSuspensions, freshGrants] = await Promise.all([
        listAll<AccessPolicy>(client, { path: POLICIES_PATH, timeoutMs: CALL_TIMEOUT_MS }),
        listAll<AccessSuspension>(client, { path: SUSPENSIONS_PATH, timeoutMs: CALL_TIMEOUT_MS }),
        grantName === undefined
          ? listAll<AccessGrant>(client, {
              path: GRANTS_PATH,
              query: { fieldSelector: `spec.subject.username=${escapeFieldValue(username ?? '')}` },
              timeoutMs: CALL_TIMEOUT_MS,
            })
          : getGrant(client, grantName),
      ])
      const above = new Map(
        (await Promise.all(aboveOf(freshGrants).map((name) => getGrant(client, name)))).flat().map((grant) => [grant.metadata.name, grant]),
      )
      options.onRead()
      return {
        policies: freshPolicies,
        grants: freshGrants,
        suspensions: indexSuspensions(freshSuspensions),
        ancestors: (name) => above.get(name),
      }
    } catch (error) {
      options.onRead(error)
      throw new StatusError(
        'ServiceUnavailable',
        'jit-access cannot decide: its policies, grants and suspensions cannot be read now; the request was not denied, try again',
        {
          cause: error,
        },
      )
    }
  })

  return {
    staleForMs,
    cached: () => {
      const limits = { currentMs: options.staleLimitMs, lastKnownMs: options.lastKnownMs }
      const ages = watched.map((informer) => believedAgeMs(informer, limits)).filter((age) => age !== undefined)
      if (ages.length < watched.length) return undefined
      const outdatedForMs = Math.max(...ages)
      const outdated = outdatedForMs === 0 ? {} : { outdatedForMs }
      return {
        policies: policies.list(),
        grants: grants.list(),
        suspensions: index(suspensions.list()),
        ancestors: (name) => grants.get(name),
        ...outdated,
      }
    },
    fresh: ({ username, grantName }) => read(JSON.stringify(grantName === undefined ? { username } : { grantName })),
  }
}
