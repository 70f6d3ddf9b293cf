import type { Kubectl } from './kubectl.ts'
import { SELF_SUBJECT_REVIEWS } from './paths.ts'

type Review = { readonly status?: { readonly userInfo?: { readonly username?: string } } }

/** The user as the API server sees the caller, prefix of the issuer included. @throws KubectlError, also when the answer names nobody */
export async function whoAmI(kubectl: Kubectl): Promise<string> {
  const review = await kubectl.create<Review>(SELF_SUBJECT_REVIEWS, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
  const username = review.status?.userInfo?.username
  if (username === undefined || username === '') throw new Error('the server does not say who you are')
  return username
}
