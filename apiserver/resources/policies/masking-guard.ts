import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { isAgent, type Identity } from '../../../domain/identity.ts'
import { governsAnywhere } from '../../../domain/policy/governs-anywhere.ts'
import { neverGoverned } from '../../../domain/policy/never-governed.ts'
import { weakerMasking } from '../../../domain/policy/weaker-masking.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { fromEntry } from '../../machinery/object.ts'
import type { Store } from '../../storage/port.ts'
import { asPolicy } from '../typed.ts'

/** A policy before and after a write. No `before`: it is new. No `after`: it is deleted. */
export type PolicyWrite = { readonly before?: AccessPolicy; readonly after?: AccessPolicy }

/** @throws StatusError Forbidden; whatever the store throws, since a write that cannot be judged is not let through */
export type MaskingGuard = (user: Identity, write: PolicyWrite) => Promise<void>

function refusal(user: Identity, write: PolicyWrite, why: { readonly by: string; readonly fields: readonly string[] }): StatusError {
  const { before, after } = write
  const name = (after ?? before)?.metadata.name ?? ''
  const what = after === undefined ? 'deleting the policy' : `the change of ${why.fields.join(', ')}`
  return new StatusError(
    'Forbidden',
    `accesspolicies.jit.access "${name}" is forbidden: "${user.username}" ${why.by}, and ${what} would mask less; somebody whom no policy governs has to do it`,
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
 * Whom a policy governs, in Shadow and in other clusters too, never weakens masking: it writes no exemption, and no other change of a policy
 * that shows somebody more. Judged by the policies as they are and as they would be, so that nobody leaves a policy, or comes under
 * one, by the write that weakens it. kube-apiserver runs no admission for an aggregated API, so this stands here.
 */
export function createMaskingGuard(store: Store): MaskingGuard {
  return async (user, write) => {
    if (neverGoverned(user)) return
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
