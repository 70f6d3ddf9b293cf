import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { GROUP, VERSION } from '../../../domain/api/names.ts'
import { isAgent, type Identity } from '../../../domain/identity.ts'
import { governsAnywhere } from '../../../domain/policy/governs-anywhere.ts'
import { invalid, StatusError } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import type { KnownRights } from '../known-rights.ts'
import { asPolicy } from '../typed.ts'
import { seesOwnAlone } from '../visibility.ts'

export type ReviewedUserDependencies = { readonly store: Store; readonly rights: KnownRights; readonly cluster?: string }

const CERTIFY = { verb: 'certify', group: GROUP, version: VERSION, resource: 'accesspolicies' } as const
const VIEW = { verb: 'view', group: GROUP, version: VERSION, resource: 'accessgrants' } as const

const forbidden = (username: string, message: string): StatusError =>
  new StatusError('Forbidden', `accessreviews.jit.access is forbidden: "${username}" ${message}`, {
    details: { group: GROUP, kind: 'accessreviews' },
  })

/**
 * A review of another user shows its policies and its grants. So it takes what shows these: `view` on accessgrants, or `certify` on every policy that
 * governs the user. Which policies those are is not said to who may not certify them.
 */
async function checkMayReview(caller: Identity, reviewed: Identity, deps: ReviewedUserDependencies): Promise<void> {
  const { store, rights } = deps
  if (await seesOwnAlone(deps, caller)) throw forbidden(caller.username, 'is governed by a policy, and cannot review another user')
  if ((await rights.allowed(caller, VIEW)) || (await rights.allowed(caller, CERTIFY))) return
  const { entries } = await store.list('accesspolicies')
  const policies = entries.map((entry) => asPolicy(fromEntry(entry))).filter((policy: AccessPolicy) => governsAnywhere(policy, reviewed))
  const may = await Promise.all(policies.map(({ metadata }) => rights.allowed(caller, { ...CERTIFY, name: metadata.name })))
  if (may.length > 0 && may.every(Boolean)) return
  throw forbidden(
    caller.username,
    'can review another user with the verb certify on every AccessPolicy that governs that user, or with the verb view on accessgrants',
  )
}

const notUsable = (field: string, message: string): StatusError =>
  invalid('AccessReview', '', [{ reason: 'FieldValueInvalid', field: `spec.${field}`, message: `Invalid value: ${message}` }])

/** The user that a review is about. @throws StatusError Forbidden, or Invalid for a user that no token can have */
export async function reviewedUser(
  { user, groups }: { readonly user?: string | undefined; readonly groups?: readonly string[] | undefined },
  caller: Identity,
  deps: ReviewedUserDependencies,
): Promise<Identity> {
  if (user === undefined) {
    if (groups !== undefined) throw notUsable('groups', 'name the user, too: without it, the review is about the caller and its groups')
    return caller
  }
  const reviewed: Identity = { username: user, uid: '', groups: [...(groups ?? []), 'system:authenticated'], extra: {} }
  if (isAgent(reviewed)) throw notUsable('user', 'give the name and the groups of the token, not those that the gateway makes of them')
  await checkMayReview(caller, reviewed, deps)
  return reviewed
}
