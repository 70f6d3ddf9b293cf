import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import { isAgent, type Identity } from '../../domain/identity.ts'
import { GROUP, VERSION } from '../../domain/api/names.ts'
import type { Kind, KubeObject, Visibility } from '../machinery/kind.ts'
import { SEES_ALL } from '../machinery/read/visibility.ts'
import { REQUESTER, SUBJECT, type IndexedField, type Store } from '../storage/port.ts'
import { namespacesOf, type Certified } from './decisions/certify.ts'
import type { KnownRights } from './known-rights.ts'
import { enforcingPolicyOf } from './own-admission.ts'
import { namesOf } from './requests/requester.ts'
import { asGrant, asRequest } from './typed.ts'

export type VisibilityDependencies = { readonly store: Store; readonly rights: KnownRights; readonly cluster?: string }

type Seen = Omit<Certified, 'name'> & { readonly owner: string }
type Of = { readonly resource: string; readonly owner: IndexedField; readonly read: (object: KubeObject) => Seen }

const seenOf = ({
  policy = '',
  rules = [],
  reveal = [],
}: Partial<Pick<AccessRequest['spec'] & AccessGrant['spec'], 'policy' | 'rules' | 'reveal'>>) => ({
  policy,
  rules,
  reveal,
})
const REQUESTS: Of = {
  resource: 'accessrequests',
  owner: REQUESTER,
  read: (object) => ({ ...seenOf(asRequest(object).spec), owner: asRequest(object).spec.requester?.username ?? '' }),
}
const GRANTS: Of = {
  resource: 'accessgrants',
  owner: SUBJECT,
  read: (object) => ({ ...seenOf(asGrant(object).spec), owner: asGrant(object).spec.subject.username }),
}

/** `view` is a virtual verb: the permission to see requests and grants of other users. */
const VIEW = { verb: 'view', group: GROUP, version: VERSION } as const
const CERTIFY = { verb: 'certify', group: GROUP, version: VERSION, resource: 'accesspolicies' } as const

/** Whether the user may certify under the object's policy, either cluster-wide or in every namespace that the object covers. */
async function mayCertifyAll(rights: KnownRights, user: Identity, { policy, rules, reveal }: Seen): Promise<boolean> {
  if (policy === '') return false
  if (await rights.allowed(user, { ...CERTIFY, name: policy })) return true
  for (const namespace of namespacesOf({ rules, reveal })) {
    if (namespace === '' || !(await rights.allowed(user, { ...CERTIFY, name: policy, namespace }))) return false
  }
  return true
}

/**
 * Whether the user sees only its own objects. Governed users can never decide requests, so `certify` that RBAC grants by mistake does not
 * show them objects of others.
 */
export const seesOwnAlone = async ({ store, cluster }: VisibilityDependencies, user: Identity): Promise<boolean> =>
  isAgent(user) || (await enforcingPolicyOf(store, user, cluster)) !== undefined

/**
 * Callers see their own requests and grants. Seeing those of others requires the verb `view` on the resource, or the permission to decide
 * them: `certify` on their policy in every namespace that they cover.
 */
const visibilityOf =
  (of: Of, deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> =>
  async (user): Promise<Visibility> => {
    const { rights } = deps
    if (user.groups.includes('system:masters')) return SEES_ALL
    if (await rights.allowed(user, { ...VIEW, resource: of.resource })) return SEES_ALL
    const names = namesOf(user.username)
    const isOwn = (object: KubeObject): boolean => names.includes(of.read(object).owner)
    if (await seesOwnAlone(deps, user)) return { extent: 'own', where: { field: of.owner, in: names }, sees: isOwn }
    if (await rights.allowed(user, CERTIFY)) return SEES_ALL
    return { extent: 'certified', sees: (object) => isOwn(object) || mayCertifyAll(rights, user, of.read(object)) }
  }

export const visibilityOfRequests = (deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> => visibilityOf(REQUESTS, deps)
export const visibilityOfGrants = (deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> => visibilityOf(GRANTS, deps)
