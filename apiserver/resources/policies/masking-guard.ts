import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { isAgent, type Identity } from '../../../domain/identity.ts'
import { governsAnywhere } from '../../../domain/policy/governs-anywhere.ts'
import { isExemptIdentity } from '../../../domain/policy/never-governed.ts'
import { weakerMasking } from '../../../domain/policy/weaker-masking.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asPolicy } from '../typed.ts'

/** A policy before and after a write. Without `before` it is created, without `after` it is deleted. */
export type PolicyWrite = { readonly before?: AccessPolicy; readonly after?: AccessPolicy }

/** @throws StatusError Forbidden, or the store's error. Fails closed */
export type MaskingGuard = (user: Identity, write: PolicyWrite) => Promise<void>

function refusal(user: Identity, write: PolicyWrite, why: { readonly by: string; readonly fields: readonly string[] }): StatusError {
  const { before, after } = write
  const name = (after ?? before)?.metadata.name ?? ''
  const what = after === undefined ? 'deleting the policy' : `the change of ${why.fields.join(', ')}`
  return new StatusError(
    'Forbidden',
    `accesspolicies.jit.access "${name}" is forbidden: "${user.username}" ${why.by}, and ${what} would mask less; only a user whom no policy governs may do this`,
    {
      details: {
        name,
        group: 'jit.access',
        kind: 'accesspolicies',
        causes: [
          { reason: 'Governed', message: user.username, field: 'subject' },
          ...why.fields.map((field) => ({ reason: 'FieldValueForbidden' as const, message: 'Forbidden: it would mask less', field })),
        ],
      },
    },
  )
}

/**
 * Prevents governed users from weakening masking. A user that any policy governs, also in Shadow mode or in another cluster, cannot add
 * exemptions or change a policy in another way that reveals more. Checks the policies before and after the write, so that the same write cannot
 * also move the user out of or into a policy. It is here because kube-apiserver runs no admission for an aggregated API.
 */
export function createMaskingGuard(store: Store): MaskingGuard {
  return async (user, write) => {
    if (isExemptIdentity(user)) return
    const fields = weakerMasking(write.before?.spec, write.after?.spec)
    if (fields.length === 0) return
    const { entries } = await store.list('accesspolicies')
    const after = write.after === undefined ? [] : [write.after]
    const policies = [...entries.map((entry) => asPolicy(fromEntry(entry))), ...after]
    const policy = policies.find((each) => governsAnywhere(each, user))
    if (policy === undefined && !isAgent(user)) return
    throw refusal(user, write, {
      by: policy === undefined ? 'is an agent of the gateway' : `is governed by policy "${policy.metadata.name}"`,
      fields,
    })
  }
}
