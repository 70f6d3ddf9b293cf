import { GRANTS_PATH, POLICIES_PATH } from '../../domain/api/names.ts'
import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { believedAgeMs } from '../../kube/last-known.ts'
import { listAll } from '../../kube/list-pages.ts'
import { sharedRead } from './shared-read.ts'

/** The policies and grants that a decision is based on. */
export type View = {
  readonly policies: readonly AccessPolicy[]
  readonly grants: readonly AccessGrant[]
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
  /** Age of the copy in milliseconds: 0 while both watches are established, Infinity before the first read. */
  staleForMs(): number
}

/** Two reads and a claim must fit into the webhook's timeoutSeconds, which is 5. */
export const CALL_TIMEOUT_MS = 2_000

async function getGrant(client: KubeClient, name: string): Promise<readonly AccessGrant[]> {
  try {
    return [await client.json<AccessGrant>({ method: 'GET', path: `${GRANTS_PATH}/${encodeURIComponent(name)}`, timeoutMs: CALL_TIMEOUT_MS })]
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return []
    throw error
  }
}

export function createViews(options: {
  readonly client: KubeClient
  readonly policies: Informer<AccessPolicy>
  readonly grants: Informer<AccessGrant>
  /** Maximum age of the cached view in milliseconds. */
  readonly staleLimitMs: number
  /** Maximum age in milliseconds while jit-apiserver is unavailable. */
  readonly lastKnownMs: number
  /** Called after each read from the API, with the error if it failed. */
  readonly onRead: (error?: unknown) => void
}): Views {
  const { client, policies, grants } = options
  const staleForMs = (): number => Math.max(policies.staleForMs(), grants.staleForMs())

  const read = sharedRead(async (key: string): Promise<View> => {
    const { username, grantName } = JSON.parse(key) as { readonly username?: string; readonly grantName?: string }
    try {
      const [freshPolicies, freshGrants] = await Promise.all([
        listAll<AccessPolicy>(client, { path: POLICIES_PATH, timeoutMs: CALL_TIMEOUT_MS }),
        grantName === undefined
          ? listAll<AccessGrant>(client, {
              path: GRANTS_PATH,
              query: { fieldSelector: `spec.subject.username=${escapeFieldValue(username ?? '')}` },
              timeoutMs: CALL_TIMEOUT_MS,
            })
          : getGrant(client, grantName),
      ])
      options.onRead()
      return { policies: freshPolicies, grants: freshGrants }
    } catch (error) {
      options.onRead(error)
      throw new StatusError(
        'ServiceUnavailable',
        'jit-access cannot decide: the policies and grants cannot be read now; the request was not denied, try again',
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
      const ages = [believedAgeMs(policies, limits), believedAgeMs(grants, limits)].filter((age) => age !== undefined)
      if (ages.length < 2) return undefined
      const outdatedForMs = Math.max(...ages)
      return { policies: policies.list(), grants: grants.list(), ...(outdatedForMs === 0 ? {} : { outdatedForMs }) }
    },
    fresh: ({ username, grantName }) => read(JSON.stringify(grantName === undefined ? { username } : { grantName })),
  }
}
