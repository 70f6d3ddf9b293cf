import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { isAgent, withTokenGroups, type Identity } from '../../domain/identity.ts'
import { governs } from '../../domain/policy/governs.ts'
import { isExemptIdentity } from '../../domain/policy/never-governed.ts'
import { StatusError, type StatusCause } from '../../domain/status-error.ts'
import type { RequestAttributes } from '../machinery/http/authorize.ts'
import { fromEntry } from '../machinery/object.ts'
import type { Store } from '../storage/port.ts'
import { suspensionOfWriter } from './decisions/suspended.ts'
import { asPolicy } from './typed.ts'

/** What an agent may do besides reading: request access, withdraw its own requests, and give up or transfer its own grants. The kinds check that the objects are the agent's. */
const FOR_AGENTS: ReadonlySet<string> = new Set([
  'create accessrequests',
  'create accessrequests/withdrawal',
  'create accessgrants/transfer',
  'delete accessrequests',
  'create accessreviews',
  'create whoamis',
  'update accessgrants/revocation',
  'patch accessgrants/revocation',
])
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

/** An enforcing policy that governs the user; undefined if there is none. */
export async function enforcingPolicyOf(store: Store, user: Identity, cluster?: string): Promise<AccessPolicy | undefined> {
  if (isExemptIdentity(user)) return undefined
  const identity = withTokenGroups(user)
  const { entries } = await store.list('accesspolicies')
  return entries.map((entry) => asPolicy(fromEntry(entry))).find((each) => each.spec.mode !== 'Shadow' && governs(each, identity, cluster))
}

/** Checks one request that is authenticated and authorized. @throws StatusError Forbidden */
export type OwnAdmission = (user: Identity, asked: RequestAttributes) => Promise<void>

/**
 * Admission for writes to jit.access/v1 itself. kube-apiserver runs no admission for an aggregated API, so neither the webhook nor the
 * admission policies see these writes. A user that an enforcing policy governs cannot change policies, decide requests or take uses, even if
 * RBAC allows it by mistake, and no grant changes that. Neither can a user that a suspension stops. Does not check that the objects belong to the caller: the kinds do.
 * @param cluster name of this cluster. If unset, policies that name clusters do not apply
 */
export function createOwnAdmission(store: Store, cluster?: string): OwnAdmission {
  return async (user, { verb, resource, subresource }) => {
    const target = subresource === '' ? resource : `${resource}/${subresource}`
    if (READS.has(verb) || FOR_AGENTS.has(`${verb} ${target}`) || isExemptIdentity(user)) return
    const refuse = (why: string, cause: StatusCause): StatusError =>
      new StatusError('Forbidden', `"${user.username}" ${why} ${verb} ${target}.jit.access; no grant can allow it`, {
        details: { group: 'jit.access', kind: resource, causes: [cause] },
      })
    const governed = { reason: 'Governed', message: user.username, field: 'subject' } as const
    const policy = await enforcingPolicyOf(store, user, cluster)
    if (policy !== undefined) throw refuse(`is governed by policy "${policy.metadata.name}" and cannot`, governed)
    if (isAgent(withTokenGroups(user))) throw refuse('is an agent of the gateway and cannot', governed)
    const suspension = await suspensionOfWriter(store, user)
    if (suspension === undefined) return
    const by = suspension.metadata.name
    throw refuse(`is suspended by accesssuspension "${by}" (${suspension.spec.reason}) and cannot`, {
      reason: 'Suspended',
      message: by,
      field: 'subject',
    })
  }
}
