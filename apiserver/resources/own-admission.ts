import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { isAgent, withTokenGroups, type Identity } from '../../domain/identity.ts'
import { governs } from '../../domain/policy/governs.ts'
import { neverGoverned } from '../../domain/policy/never-governed.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { Asked } from '../machinery/http/authorize.ts'
import { fromEntry } from '../machinery/object.ts'
import type { Store } from '../storage/port.ts'
import { asPolicy } from './typed.ts'

/** What an agent may do here besides reading: ask, and give up what is its own, which the kinds check themselves. */
const FOR_AGENTS: ReadonlySet<string> = new Set([
  'create accessrequests',
  'create accessreviews',
  'create whoamis',
  'update accessgrants/revocation',
  'patch accessgrants/revocation',
])
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

/** The enforcing policy that governs somebody; undefined when none does. */
export async function enforcingPolicyOf(store: Store, user: Identity, cluster?: string): Promise<AccessPolicy | undefined> {
  if (neverGoverned(user)) return undefined
  const identity = withTokenGroups(user)
  const { entries } = await store.list('accesspolicies')
  return entries.map((entry) => asPolicy(fromEntry(entry))).find((each) => each.spec.mode !== 'Shadow' && governs(each, identity, cluster))
}

/** Checks one request that is authenticated and authorized. @throws StatusError Forbidden */
export type OwnAdmission = (user: Identity, asked: Asked) => Promise<void>

/**
 * kube-apiserver runs no admission for an aggregated API, so neither webhook nor admission policy sees a write to our own kinds:
 * the second lock for them is here. Whom an enforcing policy governs changes no policy, decides no request and takes no use,
 * whatever RBAC gave it by mistake; no grant lifts that. Does not look at objects: that they are the caller's own is the kinds' part.
 * @param cluster name of this cluster. Left out: policies that name clusters hold for nobody here
 */
export function createOwnAdmission(store: Store, cluster?: string): OwnAdmission {
  return async (user, { verb, resource, subresource }) => {
    const target = subresource === '' ? resource : `${resource}/${subresource}`
    if (READS.has(verb) || FOR_AGENTS.has(`${verb} ${target}`) || neverGoverned(user)) return
    const policy = await enforcingPolicyOf(store, user, cluster)
    if (policy === undefined && !isAgent(withTokenGroups(user))) return
    const by = policy === undefined ? 'is an agent of the gateway' : `is governed by policy "${policy.metadata.name}"`
    throw new StatusError('Forbidden', `"${user.username}" ${by} and cannot ${verb} ${target}.jit.access; no grant can allow it`, {
      details: { group: 'jit.access', kind: resource, causes: [{ reason: 'Governed', message: user.username, field: 'subject' }] },
    })
  }
}
