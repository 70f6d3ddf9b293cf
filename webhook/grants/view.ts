import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { escapeFieldValue } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Informer } from '../../kube/informer.ts'
import { believedAgeMs } from '../../kube/last-known.ts'
import { listAll } from '../../kube/list-pages.ts'
import { sharedRead } from './shared-read.ts'

/** What a decision rests on. */
export type View = {
  readonly policies: readonly AccessPolicy[]
  readonly grants: readonly AccessGrant[]
  /** How old it is, while the API is away. Left out: it is current. */
  readonly outdatedForMs?: number
}

/** Whose grants are read: those of a user, or the one that the gateway named. */
export type Whose = { readonly username: string; readonly grantName: string | undefined }

export type Views = {
  /** The copy kept by watches; undefined while it was never read or is older than allowed. While the API is away, what was last known. */
  remembered(): View | undefined
  /** Asks the API. @throws StatusError ServiceUnavailable when it cannot be asked */
  afresh(whose: Whose): Promise<View>
  /** How old the copy is, in milliseconds: 0 while both watches stand, Infinity before they do. */
  staleForMs(): number
}

export const POLICIES_PATH = '/apis/jit.access/v1/accesspolicies'
export const GRANTS_PATH = '/apis/jit.access/v1/accessgrants'
/** Two reads and a claim must fit into the webhook's timeoutSeconds of 5. */
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
  /** How old the remembered view may be, in milliseconds. */
  readonly staleLimitMs: number
  /** How old while the API is away. */
  readonly lastKnownMs: number
  /** Told of each read of the API that was made, with its error if it failed. */
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
        'jit-access cannot decide: the policies and grants cannot be read now; this is no refusal, try again',
        {
          cause: error,
        },
      )
    }
  })

  return {
    staleForMs,
    remembered: () => {
      const limits = { currentMs: options.staleLimitMs, lastKnownMs: options.lastKnownMs }
      const ages = [believedAgeMs(policies, limits), believedAgeMs(grants, limits)].filter((age) => age !== undefined)
      if (ages.length < 2) return undefined
      const outdatedForMs = Math.max(...ages)
      return { policies: policies.list(), grants: grants.list(), ...(outdatedForMs === 0 ? {} : { outdatedForMs }) }
    },
    afresh: ({ username, grantName }) => read(JSON.stringify(grantName === undefined ? { username } : { grantName })),
  }
}
