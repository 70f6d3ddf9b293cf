import { withAgentName, type Identity } from '../../domain/identity.ts'
import type { Kubectl } from './kubectl.ts'
import { SELF_SUBJECT_REVIEWS } from './paths.ts'

type Review = { readonly status?: { readonly userInfo?: Partial<Identity> } }

/**
 * The user as jit-access knows the caller, prefix of the issuer included: behind the gateway all agents share one user of kube-apiserver,
 * and an extra tells them apart. @throws KubectlError, also when the answer names nobody
 */
export async function whoAmI(kubectl: Kubectl): Promise<string> {
  const review = await kubectl.create<Review>(SELF_SUBJECT_REVIEWS, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
  const { username } = withAgentName({ username: '', uid: '', groups: [], extra: {}, ...review.status?.userInfo })
  if (username === '') throw new Error('the server does not say who you are')
  return username
}
