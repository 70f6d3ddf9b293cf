import { withAgentName, type Identity } from '../../domain/identity.ts'
import type { Kubectl } from './kubectl.ts'
import { SELF_SUBJECT_REVIEWS } from './paths.ts'

type Review = { readonly status?: { readonly userInfo?: Partial<Identity> } }

/**
 * The caller as jit-access knows it, with its username including the issuer's prefix. Behind the gateway all agents are one kube-apiserver user,
 * and an extra field distinguishes them. @throws KubectlError; Error when the response has no username
 */
export async function readSelf(kubectl: Kubectl): Promise<Identity> {
  const review = await kubectl.create<Review>(SELF_SUBJECT_REVIEWS, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
  const self = withAgentName({ username: '', uid: '', groups: [], extra: {}, ...review.status?.userInfo })
  if (self.username === '') throw new Error('the server did not return your username')
  return self
}

/** The username of {@link readSelf}. */
export const whoAmI = async (kubectl: Kubectl): Promise<string> => (await readSelf(kubectl)).username
