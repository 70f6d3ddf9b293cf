import type { Clock } from '../../domain/clock.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Log } from '../../server/log.ts'
import type { ConsoleMetrics } from '../metrics.ts'
import type { CookieKeys } from '../session/cookie-keys.ts'
import type { SessionLimits } from '../session/session.ts'
import type { createSignIn } from '../sign-in/sign-in.ts'
import type { ProviderSignOut } from '../sign-in/sign-out.ts'

/** What the handlers of the console share. */
export type Context = {
  /** URL of the console as browsers reach it, without a path. */
  readonly url: string
  readonly client: KubeClient
  readonly signIn: ReturnType<typeof createSignIn>
  readonly signOut: ProviderSignOut
  readonly keys: () => CookieKeys
  readonly limits: SessionLimits
  readonly clock: Clock
  readonly log: Log
  readonly metrics: ConsoleMetrics
  /** Networks of the proxies that say where a client is. Optional. Defaults to none. */
  readonly trustedProxies?: readonly string[]
  /** Aborts when the server stops: streams end then. Optional. Defaults to never. */
  readonly stopping?: AbortSignal
}
