import type { KubeClient } from '../../kube/client.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Environment } from '../demo/environment.ts'
import type { IdentityProvider } from '../identity-provider/start-identity-provider.ts'
import type { Cleanup } from './cleanup.ts'
import type { Kubectl } from './kubectl.ts'
import type { LocalKeycloak } from './keycloak.ts'
import type { Layout } from './environment-paths.ts'
import type { LoginFront } from './login/front.ts'
import type { Say } from './progress.ts'

export const CONSOLE_SIGN_INS = ['identity-provider', 'login'] as const
export type ConsoleSignIn = (typeof CONSOLE_SIGN_INS)[number]

/** What servers need to start, whether they run as pods or as processes. */
export type UpContext = {
  readonly root: string
  readonly layout: Layout
  readonly cluster: Cluster
  readonly provider: IdentityProvider
  readonly login: LoginFront
  /** Where the console signs people in: at the identity provider, or at login, which has it as its upstream. */
  readonly consoleSignIn: ConsoleSignIn
  /** With `--keycloak`: a second upstream of login. */
  readonly keycloak?: LocalKeycloak
  readonly slack: Environment['slack']
  readonly client: KubeClient
  readonly kubectl: Kubectl
  readonly cleanup: Cleanup
  readonly say: Say
  readonly signal: AbortSignal
}
