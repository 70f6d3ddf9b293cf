import type { Identity } from '../../../domain/identity.ts'
import { GROUP, VERSION } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'

/** What is asked of an object of ours. Empty strings mean none. */
export type Asked = { readonly verb: string; readonly resource: string; readonly subresource: string; readonly name: string }

/** `system:masters` may do anything without a review, as everywhere in Kubernetes; front-proxy authentication vouches for it. */
const isMaster = (user: Identity): boolean => user.groups.includes('system:masters')

/** @throws StatusError Forbidden in the words of kube-apiserver, or what the review failed with: an error is no yes */
export async function authorize(authorizer: Authorizer, user: Identity, { verb, resource, subresource, name }: Asked): Promise<void> {
  if (isMaster(user)) return
  const allowed = await authorizer.allowed(user, {
    verb,
    group: GROUP,
    version: VERSION,
    resource,
    ...(subresource === '' ? {} : { subresource }),
    ...(name === '' ? {} : { name }),
  })
  if (allowed) return
  const target = subresource === '' ? resource : `${resource}/${subresource}`
  const which = name === '' ? `${resource}.${GROUP}` : `${resource}.${GROUP} "${name}"`
  throw new StatusError(
    'Forbidden',
    `${which} is forbidden: User "${user.username}" cannot ${verb} resource "${target}" in API group "${GROUP}" at the cluster scope`,
    {
      details: { ...(name === '' ? {} : { name }), group: GROUP, kind: resource },
    },
  )
}

/** Paths outside our group: discovery and OpenAPI are for every authenticated user, the rest by review. */
export async function authorizePath(
  authorizer: Authorizer,
  user: Identity,
  request: { readonly verb: string; readonly path: string },
): Promise<void> {
  if (isMaster(user) || (await authorizer.allowed(user, request))) return
  throw new StatusError('Forbidden', `forbidden: User "${user.username}" cannot ${request.verb} path "${request.path}"`)
}
