import { grantEndMs, isLiveOrUpcoming, type AccessGrant } from '../../domain/api/access-grant.ts'
import { holds } from '../../domain/api/conditions.ts'
import { GRANTS_PATH, objectPath } from '../../domain/api/names.ts'
import { withoutResourceVersion, withRevocation } from '../../domain/grant/revocation.ts'
import { fieldSelectorOf } from '../../domain/selectors/field-selector.ts'
import { StatusError } from '../../domain/status-error.ts'
import { createFirstOf } from './first-of.ts'
import type { UserClient } from './impersonate.ts'
import { orNothing } from './part-reading.ts'
import { pagesOf } from './list-pages.ts'

/** Grants on one page, those that end first. */
const MAX_GRANTS = 500
const TRIES = 5
/** The reason of the condition: which program revoked. */
const REASON = 'Console'

/** The user and the policy of grants. Undefined: any. */
export type GrantFilter = { readonly subject: string | undefined; readonly policy: string | undefined }

/** Grants that give access now, or will when they start. `left`: how many more there are. @throws StatusError */
export async function readLiveGrants(
  client: UserClient,
  { subject, policy }: GrantFilter,
  nowMs: number,
): Promise<{ readonly items: readonly AccessGrant[]; readonly left: number }> {
  const live = createFirstOf<AccessGrant>(MAX_GRANTS, (one, other) => grantEndMs(one) - grantEndMs(other))
  const fieldSelector = fieldSelectorOf({ 'spec.subject.username': subject, 'spec.policy': policy })
  for await (const page of pagesOf<AccessGrant>(client, GRANTS_PATH, { fieldSelector }))
    live.add(page.filter((grant) => isLiveOrUpcoming(grant, nowMs)))
  return { items: live.kept(), left: live.left() }
}

/** One grant. Undefined when the user cannot see it. @throws StatusError */
export const readGrant = (client: UserClient, name: string): Promise<AccessGrant | undefined> =>
  orNothing(client.json<AccessGrant>({ method: 'GET', path: objectPath(GRANTS_PATH, name) }))

/**
 * Ends a grant at once. A grant that was revoked before stays as it is. From the second try on, no concurrent change is a conflict.
 * @throws StatusError
 */
export async function revokeGrant(client: UserClient, name: string, message: string | undefined): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const grant = await client.json<AccessGrant>({ method: 'GET', path: objectPath(GRANTS_PATH, name) })
    if (holds(grant.status?.conditions, 'Revoked')) return
    try {
      await client.json({
        method: 'PUT',
        path: objectPath(GRANTS_PATH, name, 'revocation'),
        body: withRevocation(tries === 1 ? grant : withoutResourceVersion(grant), { reason: REASON, message }),
      })
      return
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'Conflict' || tries === TRIES) throw error
    }
  }
}
