import { asAuthenticated, type Identity } from '../domain/identity.ts'
import { ownCallError, type KubeClient } from './client.ts'

export type ResourceAttributes = {
  readonly verb: string
  readonly group: string
  readonly version?: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}
export type PathAttributes = { readonly verb: string; readonly path: string }

/** Checks by SubjectAccessReview what a user may do. Results are not cached, since an approval must see the current bindings. */
export type Authorizer = { allowed(user: Identity, attributes: ResourceAttributes | PathAttributes): Promise<boolean> }

type Review = { readonly status?: { readonly allowed?: boolean; readonly denied?: boolean } }

/** `allowed` throws a StatusError when the review itself fails. The caller must then refuse. */
export function createAuthorizer(client: KubeClient): Authorizer {
  return {
    allowed: async (identity, attributes) => {
      const user = asAuthenticated(identity)
      const spec = {
        user: user.username,
        uid: user.uid,
        groups: user.groups,
        extra: user.extra,
        ...('path' in attributes ? { nonResourceAttributes: attributes } : { resourceAttributes: attributes }),
      }
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
      const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
      const review = await client.json<Review>({ method: 'POST', path, body }).catch((error: unknown) => {
        throw ownCallError(error, 'the access review failed')
      })
      return review.status?.allowed === true && review.status.denied !== true
    },
  }
}
