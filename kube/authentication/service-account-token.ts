import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../client.ts'

const LIFETIME_SECONDS = 3600
/** The share of a token's lifetime after which it is renewed, as in client-go. */
const RENEW_AFTER = 0.8

type TokenRequest = { readonly status: { readonly token: string; readonly expirationTimestamp: string } }

/** Gets tokens of a ServiceAccount by TokenRequest, and renews them before they expire. Throws if renewal fails and the token has expired. */
export function createServiceAccountToken(
  client: KubeClient,
  account: { readonly namespace: string; readonly name: string },
  clock: Clock,
): () => Promise<string> {
  let current: { readonly token: string; readonly renewAtMs: number; readonly expiresAtMs: number } | undefined
  let renewing: Promise<string> | undefined

  const renew = async (): Promise<string> => {
    const started = clock.nowMs()
    const { status } = await client.json<TokenRequest>({
      method: 'POST',
      path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: LIFETIME_SECONDS } },
    })
    const expiresAtMs = Date.parse(status.expirationTimestamp)
    current = { token: status.token, expiresAtMs, renewAtMs: started + (expiresAtMs - started) * RENEW_AFTER }
    return status.token
  }

  return async () => {
    const now = clock.nowMs()
    if (current !== undefined && now < current.renewAtMs) return current.token
    renewing ??= renew().finally(() => (renewing = undefined))
    try {
      return await renewing
    } catch (error) {
      if (current !== undefined && clock.nowMs() < current.expiresAtMs) return current.token
      throw error
    }
  }
}
