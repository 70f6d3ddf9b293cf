import type { Authenticator } from './authenticate.ts'
import type { IssuerConfig } from './issuer-config.ts'

/** ConfigMaps reach a pod within a minute or so; asking more often gains nothing. */
const LOOK_EVERY_MS = 5_000

/**
 * An authenticator that follows the issuers' folder. What cannot be read is reported, and the issuers that were believed stay:
 * a typing mistake must not lock every agent out. A changed or removed issuer takes its remembered tokens along.
 */
export function createReloadingAuthenticator(
  first: readonly IssuerConfig[],
  options: {
    readonly read: () => Promise<readonly IssuerConfig[]>
    readonly make: (issuers: readonly IssuerConfig[]) => Authenticator
    readonly onChange: (count: number) => void
    readonly onTrouble: (error: unknown) => void
  },
): { readonly authenticate: Authenticator; readonly stop: () => void } {
  let text = JSON.stringify(first)
  let current = options.make(first)
  const look = async (): Promise<void> => {
    try {
      const issuers = await options.read()
      const next = JSON.stringify(issuers)
      if (next === text) return
      current = options.make(issuers)
      text = next
      options.onChange(issuers.length)
    } catch (error) {
      options.onTrouble(error)
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  timer.unref()
  return { authenticate: (token) => current(token), stop: () => clearInterval(timer) }
}
