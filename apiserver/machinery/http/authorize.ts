import type { Identity } from '../../../domain/identity.ts'
import { GROUP, VERSION } from '../../../domain/api/names.ts'
import { StatusError } from '../../../domain/status-error.ts'
import type { Authorizer } from '../../../kube/subject-access-review.ts'

/** Attributes of a request for a resource of this API. Empty strings mean none. */
export type RequestAttributes = { readonly verb: string; readonly resource: string; readonly subresource: string; readonly name: string }

/** `system:masters` is allowed everything without a review, as everywhere in Kubernetes. The group comes from front-proxy authentication. */
const isMaster = (user: Identity): boolean => user.groups.includes('system:masters')

/** @throws StatusError Forbidden with kube-apiserver's message, or the error of a failed review. Fails closed */
export async function authorize(authorizer: Authorizer, user: Identity, { verb, resource, subresource, name }: RequestAttributes): Promise<void> {
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

/** Authorizes a path outside this API group. Not used for discovery and OpenAPI, which every authenticated user may read. */
export async function authorizePath(
  authorizer: Authorizer,
  user: Identity,
  request: { readonly verb: string; readonly path: string },
): Promise<void> {
  if (isMaster(user) || (await authorizer.allowed(user, request))) return
  throw new StatusError('Forbidden', `forbidden: User "${user.username}" cannot ${request.verb} path "${request.path}"`)
}
