import { indexSuspensions } from '../../../domain/policy/suspensions.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'
import type { User } from '../../../domain/api/rules.ts'
import { withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { StatusError, type StatusReason } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { identityOf } from '../requests/requester.ts'
import { asPolicy, asSuspension } from '../typed.ts'

type Dependencies = { readonly store: Store; readonly cluster?: string }

/** The suspension that stops a user now; undefined if there is none. A user that no policy governs is stopped too. @throws the store's error */
export async function suspensionOf({ store, cluster }: Dependencies, user: Identity): Promise<AccessSuspension | undefined> {
  const suspensions = indexSuspensions((await store.list('accesssuspensions')).entries.map((entry) => asSuspension(fromEntry(entry))))
  if (suspensions.size === 0) return undefined
  const policies = (await store.list('accesspolicies')).entries.map((entry) => asPolicy(fromEntry(entry)))
  return suspensions.find({ identity: withTokenGroups(user), policies, ...(cluster === undefined ? {} : { cluster }) })
}

/** What is refused while the user is suspended: a resource, and what is done with it. */
type What = { readonly reason: StatusReason; readonly kind: string; readonly name: string; readonly act: string }

/**
 * Refuses what a suspended user would gain from. The gateway and the webhook refuse its requests too; this keeps requests and grants from being made
 * for later. @throws StatusError with the cause Suspended, or the store's error
 */
export async function refuseSuspended(deps: Dependencies, user: User | undefined, { reason, kind, name, act }: What): Promise<void> {
  if (user === undefined) return
  const suspension = await suspensionOf(deps, identityOf(user))
  if (suspension === undefined) return
  const by = suspension.metadata.name
  throw new StatusError(
    reason,
    `${kind}.jit.access "${name}" cannot be ${act}: "${user.username}" is suspended by accesssuspension "${by}": ${suspension.spec.reason}`,
    { details: { name, group: 'jit.access', kind, causes: [{ reason: 'Suspended', message: by, field: 'subject' }] } },
  )
}
