import { timestamp } from '../../../domain/api/object-meta.ts'
import type { CachedTokens, Environment } from './token-cache.ts'

const V1 = 'client.authentication.k8s.io/v1'
const VERSIONS: readonly unknown[] = [V1, 'client.authentication.k8s.io/v1beta1']

/** The version that the client-go of the caller asks for, in KUBERNETES_EXEC_INFO. */
function versionOf({ KUBERNETES_EXEC_INFO: info }: Environment): string {
  try {
    const { apiVersion } = JSON.parse(info ?? '{}') as { readonly apiVersion?: unknown }
    return VERSIONS.includes(apiVersion) ? String(apiVersion) : V1
  } catch {
    return V1
  }
}

/** What client-go reads: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
export const execCredential = ({ idToken, expiresAtMs }: CachedTokens, env: Environment): string =>
  `${JSON.stringify({
    apiVersion: versionOf(env),
    kind: 'ExecCredential',
    status: { token: idToken, expirationTimestamp: timestamp(expiresAtMs) },
  })}\n`
