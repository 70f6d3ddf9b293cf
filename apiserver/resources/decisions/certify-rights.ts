import type { Identity } from '../../../domain/identity.ts'
import { GROUP } from '../../../domain/api/names.ts'
import type { AccessRule, Reveal } from '../../../domain/api/rules.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { ownCallError } from '../../../kube/client.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'

/** `resource`: of the object that is decided. Optional. Defaults to accessrequests. */
export type Certified = {
  readonly name: string
  readonly resource?: string
  readonly policy: string
  readonly rules: readonly AccessRule[]
  readonly reveal: readonly Reveal[]
}

/** The namespaces that a request covers; the empty string stands for the cluster scope. */
export function namespacesOf({ rules, reveal }: Pick<Certified, 'rules' | 'reveal'>): readonly string[] {
  const all = [...rules.flatMap(({ namespaces }) => namespaces ?? ['']), ...reveal.map(({ namespace }) => namespace)]
  return [...new Set(all.length === 0 ? [''] : all)].sort()
}

/** The first namespace that the request covers in which the user may not certify; undefined if it may in all. @throws StatusError of a failed review */
async function refusedIn(authorizer: Authorizer, user: Identity, certified: Certified): Promise<string | undefined> {
  if (user.groups.includes('system:masters')) return undefined
  for (const namespace of namespacesOf(certified)) {
    const attributes = {
      verb: 'certify',
      group: GROUP,
      version: 'v1',
      resource: 'accesspolicies',
      name: certified.policy,
      ...(namespace === '' ? {} : { namespace }),
    }
    const isAllowed = await authorizer.allowed(user, attributes).catch((error: unknown) => {
      throw ownCallError(error, 'the access review of the right to certify failed')
    })
    if (!isAllowed) return namespace
  }
  return undefined
}

/**
 * Checks the virtual verb `certify` on the policy in every namespace that the request covers, so that a RoleBinding is enough for the owner of
 * a namespace to approve. Not cached. `system:masters` is always allowed.
 * @throws StatusError Forbidden that names the namespace, or the error of a failed review
 */
export async function mayCertify(authorizer: Authorizer, user: Identity, certified: Certified): Promise<void> {
  const namespace = await refusedIn(authorizer, user, certified)
  if (namespace === undefined) return
  const { name, resource = 'accessrequests' } = certified
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  throw new StatusError(
    'Forbidden',
    `${resource}.jit.access "${name}" is forbidden: User "${user.username}" cannot certify resource "accesspolicies" "${certified.policy}" in API group "${GROUP}" ${where}`,
    {
      details: {
        name,
        group: GROUP,
        kind: resource,
        causes: [{ reason: 'CertifyRequired', message: certified.policy, field: namespace }],
      },
    },
  )
}

/** Whether {@link mayCertify} passes. @throws StatusError the error of a failed review */
export const certifies = async (authorizer: Authorizer, user: Identity, certified: Certified): Promise<boolean> =>
  (await refusedIn(authorizer, user, certified)) === undefined
