import { isInForce, type AccessSuspension } from '../../../domain/api/access-suspension.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import type { User } from '../../../domain/api/rules.ts'
import { isAgent, withTokenGroups, type Identity } from '../../../domain/identity.ts'
import { governs } from '../../../domain/policy/governs.ts'
import { isExemptIdentity } from '../../../domain/policy/never-governed.ts'
import { indexSuspensions } from '../../../domain/policy/suspensions.ts'
import { StatusError, type StatusReason } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { identityOf } from '../requests/requester.ts'
import { asPolicy, asSuspension } from '../typed.ts'

type Dependencies = { readonly store: Store; readonly cluster?: string }

const suspensionsIn = async (store: Store): Promise<readonly AccessSuspension[]> =>
  (await store.list('accesssuspensions')).entries.map((entry) => asSuspension(fromEntry(entry)))
const policiesIn = async (store: Store): Promise<readonly AccessPolicy[]> =>
  (await store.list('accesspolicies')).entries.map((entry) => asPolicy(fromEntry(entry)))

/** The suspension that stops a user now; undefined if there is none. A user that no policy governs is stopped too. @throws the store's error */
export async function suspensionOf({ store, cluster }: Dependencies, user: Identity): Promise<AccessSuspension | undefined> {
  const suspensions = indexSuspensions(await suspensionsIn(store))
  if (suspensions.size === 0) return undefined
  const policies = await policiesIn(store)
  return suspensions.find({ identity: withTokenGroups(user), policies, ...(cluster === undefined ? {} : { cluster }) })
}

/** A write to jit.access is not made in a cluster, so a policy counts wherever it governs. */
function everywhere(policy: AccessPolicy): AccessPolicy {
  const { clusters: _, ...spec } = policy.spec
  return { ...policy, spec }
}

/**
 * The suspension that keeps a user from writing to jit.access, and its approvals from counting; undefined if there is none. One of all agents stops
 * those that a policy governs, in each of its modes, and no people: they must be able to lift it. The administrators of the cluster always can.
 * @throws the store's error
 */
export async function suspensionOfWriter(store: Store, user: Identity): Promise<AccessSuspension | undefined> {
  const all = await suspensionsIn(store)
  if (!all.some(isInForce) || isExemptIdentity(user)) return undefined
  const policies = (await policiesIn(store)).map(everywhere)
  const identity = withTokenGroups(user)
  const isAgentOfAny = isAgent(identity) || policies.some((policy) => governs(policy, identity))
  const counting = isAgentOfAny ? all : all.filter(({ spec }) => spec.all !== true)
  return indexSuspensions(counting).find({ identity, policies })
}

/** What is refused while the user is suspended: a resource, and what is done with it. */
type What = { readonly reason: StatusReason; readonly kind: string; readonly name: string; readonly act: string }

function refusal({ username }: User, { metadata, spec }: AccessSuspension, { reason, kind, name, act }: What): StatusError {
  return new StatusError(
    reason,
    `${kind}.jit.access "${name}" cannot be ${act}: "${username}" is suspended by accesssuspension "${metadata.name}": ${spec.reason}`,
    { details: { name, group: 'jit.access', kind, causes: [{ reason: 'Suspended', message: metadata.name, field: 'subject' }] } },
  )
}

/**
 * Refuses what a suspended user would gain from. The gateway and the webhook refuse its requests too; this keeps requests and grants from being made
 * for later. `cluster`: of the access, if it is not for this one. @throws StatusError with the cause Suspended, or the store's error
 */
export async function refuseSuspended(
  deps: Dependencies,
  user: User | undefined,
  { cluster = deps.cluster, ...what }: What & { readonly cluster?: string | undefined },
): Promise<void> {
  if (user === undefined) return
  const suspension = await suspensionOf({ store: deps.store, ...(cluster === undefined ? {} : { cluster }) }, identityOf(user))
  if (suspension !== undefined) throw refusal(user, suspension, what)
}
