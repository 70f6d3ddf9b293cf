import type { JSONWebKeySet } from 'jose'
import type { KubeClient } from '../client.ts'

/**
 * Fetches the public keys that verify ServiceAccount tokens of the cluster. Needs `get` on `/openid/v1/jwks`, which Kubernetes grants to
 * every ServiceAccount by system:service-account-issuer-discovery unless an admin has removed the binding.
 * @throws StatusError when kube-apiserver does not return them: it is unavailable, it refuses, or its issuer is not an https URL (404)
 */
export const fetchServiceAccountKeys = (client: KubeClient): Promise<JSONWebKeySet> =>
  client.json<JSONWebKeySet>({ method: 'GET', path: '/openid/v1/jwks', headers: { accept: 'application/jwk-set+json, application/json' } })
