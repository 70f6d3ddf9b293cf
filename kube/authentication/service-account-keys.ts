import type { JSONWebKeySet } from 'jose'
import type { KubeClient } from '../client.ts'

/**
 * The public keys that ServiceAccount tokens of the cluster are signed with. Needs `get` on `/openid/v1/jwks`, which Kubernetes grants to
 * every ServiceAccount by system:service-account-issuer-discovery unless an admin has removed the binding.
 * @throws StatusError when kube-apiserver does not give them: it is away, refuses, or its issuer is no https URL (404)
 */
export const fetchServiceAccountKeys = (client: KubeClient): Promise<JSONWebKeySet> =>
  client.json<JSONWebKeySet>({ method: 'GET', path: '/openid/v1/jwks', headers: { accept: 'application/jwk-set+json, application/json' } })
