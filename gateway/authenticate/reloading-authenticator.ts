import type { Authenticator } from './authenticate.ts'
import type { IssuerConfig } from './issuer-config.ts'

/** kubelet syncs ConfigMaps about once a minute, so a shorter interval gains nothing. */
const RELOAD_INTERVAL_MS = 5_000

/**
 * Creates an authenticator that reloads the issuers when their directory changes. A directory that cannot be read is reported, and the current
 * issuers stay in use: a typing mistake must not lock out all agents. Each change discards the cached tokens of all issuers.
 */
export function createReloadingAuthenticator(
  first: readonly IssuerConfig[],
  options: {
    readonly read: () => Promise<readonly IssuerConfig[]>
    readonly make: (issuers: readonly IssuerConfig[]) => Authenticator
    readonly onChange: (count: number) => void
    readonly onError: (error: unknown) => void
  },
): { readonly authenticate: Authenticator; readonly stop: () => void } {
  let text = JSON.stringify(first)
  let current = options.make(first)
  const reload = async (): Promise<void> => {
    try {
      const issuers = await options.read()
      const next = JSON.stringify(issuers)
      if (next === text) return
      current = options.make(issuers)
      text = next
      options.onChange(issuers.length)
    } catch (error) {
      options.onError(error)
    }
  }
  const timer = setInterval(() => void reload(), RELOAD_INTERVAL_MS)
  timer.unref()
  return { authenticate: (token) => current(token), stop: () => clearInterval(timer) }
}
