import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../domain/api/access-request.ts'
import type { AccessSession } from '../../domain/api/access-session.ts'
import { isAgent, type Identity } from '../../domain/identity.ts'
import { EXTRA, GROUP, VERSION } from '../../domain/api/names.ts'
import type { Kind, KubeObject, Visibility } from '../machinery/kind.ts'
import { SEES_ALL } from '../machinery/read/visibility.ts'
import { REQUESTER, SUBJECT, type IndexedField, type Store } from '../storage/port.ts'
import { namespacesOf, type Certified } from './decisions/certify-rights.ts'
import type { KnownRights } from './known-rights.ts'
import { enforcingPolicyOf } from './own-admission.ts'
import { namesOf } from './requests/requester.ts'
import { asBreakGlassReview, asGrant, asRequest, asSession } from './typed.ts'

export type VisibilityDependencies = { readonly store: Store; readonly rights: KnownRights; readonly cluster?: string }

/** What the object covers under each policy that it is about. */
type Covered = Omit<Certified, 'name'>
type Seen = { readonly owner: string; readonly under: readonly Covered[] }
type Of = {
  readonly resource: string
  readonly owner: IndexedField
  readonly read: (object: KubeObject) => Seen
  /** What else must hold of an object of the caller. Optional. Defaults to nothing. */
  readonly isOf?: (object: KubeObject, user: Identity) => boolean
}

const seenOf = ({
  policy = '',
  rules = [],
  reveal = [],
}: Partial<Pick<AccessRequest['spec'] & AccessGrant['spec'], 'policy' | 'rules' | 'reveal'>>) => ({
  under: [{ policy, rules, reveal }],
})
/** A policy that nobody may certify under. */
const UNKNOWN_POLICY: Covered = { policy: '', rules: [], reveal: [] }
const sessionUnder = ({ status }: AccessSession): readonly Covered[] => [
  ...(status?.policies ?? []).map(({ name, namespaces }) => ({ policy: name, rules: [{ verbs: [], resources: [], namespaces }], reveal: [] })),
  ...(status?.truncated?.includes('policies') === true ? [UNKNOWN_POLICY] : []),
]
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
const REVIEWS: Of = {
  resource: 'breakglassreviews',
  owner: SUBJECT,
  read: (object) => ({ ...seenOf(asBreakGlassReview(object).spec), owner: asBreakGlassReview(object).spec.subject.username }),
}
const SESSIONS: Of = {
  resource: 'accesssessions',
  owner: SUBJECT,
  read: (object) => ({ owner: asSession(object).spec.username, under: sessionUnder(asSession(object)) }),
  // The gateway through which an agent asks names its session. Another gateway cannot make it that of somebody else.
  isOf: (object, { extra }) => {
    const session = extra[EXTRA.session]?.[0]
    return session === undefined || session === asSession(object).spec.session
  },
}

/** `view` is a virtual verb: the permission to see requests and grants of other users. */
const VIEW = { verb: 'view', group: GROUP, version: VERSION } as const
const CERTIFY = { verb: 'certify', group: GROUP, version: VERSION, resource: 'accesspolicies' } as const

/** Whether the user may certify under every policy of the object. */
async function mayCertifyAll(rights: KnownRights, user: Identity, { under }: Seen): Promise<boolean> {
  for (const covered of under) if (!(await mayCertify(rights, user, covered))) return false
  return under.length > 0
}

/** Whether the user may certify under the policy, either cluster-wide or in every namespace that the object covers. */
async function mayCertify(rights: KnownRights, user: Identity, { policy, rules, reveal }: Covered): Promise<boolean> {
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
    const isOwn = (object: KubeObject): boolean => names.includes(of.read(object).owner) && of.isOf?.(object, user) !== false
    if (await seesOwnAlone(deps, user)) return { extent: 'own', where: { field: of.owner, in: names }, sees: isOwn }
    if (await rights.allowed(user, CERTIFY)) return SEES_ALL
    return { extent: 'certified', sees: (object) => isOwn(object) || mayCertifyAll(rights, user, of.read(object)) }
  }

export const visibilityOfRequests = (deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> => visibilityOf(REQUESTS, deps)
export const visibilityOfGrants = (deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> => visibilityOf(GRANTS, deps)
export const visibilityOfReviews = (deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> => visibilityOf(REVIEWS, deps)
export const visibilityOfSessions = (deps: VisibilityDependencies): NonNullable<Kind['visibilityOf']> => visibilityOf(SESSIONS, deps)
