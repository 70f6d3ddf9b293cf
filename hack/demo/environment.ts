import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The users of the story; each has a kubeconfig in up.json. `agentDirect` is the agent directly at kube-apiserver, without the gateway. */
export type Actor = 'admin' | 'agent' | 'agentDirect' | 'approver' | 'secondApprover' | 'developer'

/** `DIR/up.json` of a running environment: the interface between `npm run up` and the programs that use it. */
export type Environment = {
  readonly version: 1
  readonly kubernetes: { readonly url: string; readonly version: string; readonly caFile: string; readonly auditLogFile: string }
  readonly gateway: { readonly url: string; readonly caFile: string; readonly metricsUrl: string }
  readonly apiserver: { readonly url: string; readonly metricsUrl: string }
  readonly webhook: { readonly url: string; readonly metricsUrl: string }
  /** The web pages of approvers, for a browser of this machine. `caFile` is the CA of its certificate. */
  readonly console: { readonly url: string; readonly caFile: string; readonly metricsUrl: string }
  /**
   * The OpenID Connect provider in front of the identity provider. `kubeconfig` signs in there with `kubectl certify login`; `kubectlClient` is the client that it
   * uses, and `exchangeClient` the one with which an agent exchanges a token of the identity provider that has the claim `repository` and this URL as audience.
   */
  readonly login: {
    readonly url: string
    readonly caFile: string
    readonly metricsUrl: string
    readonly kubeconfig: string
    readonly recordsDir: string
    readonly kubectlClient: string
    readonly exchangeClient: string
  }
  readonly controller: { readonly metricsUrl: string }
  readonly identityProvider: { readonly issuer: string; readonly caFile: string }
  /** A stand-in for Slack: GET `url`/messages shows the conversation `channel`; the file has the bot token that it accepts. */
  readonly slack: { readonly url: string; readonly channel: string; readonly tokenFile: string }
  /** With `--keycloak`: everybody in the realm, and `adminUser` of its admin console at `url`, has the password in the file. */
  readonly keycloak?: {
    readonly url: string
    readonly caFile: string
    readonly realm: string
    readonly adminUser: string
    readonly passwordFile: string
  }
  readonly kubeconfigs: { readonly [actor in Actor]: string }
  readonly binDir: string
  readonly recordsDir: string
  readonly processes: { readonly [name: string]: number | string }
}

/**
 * Reads what `npm run up` wrote.
 * @throws if the file is missing, so that nothing runs there, or is of another version
 */
export async function readEnvironment(dir: string): Promise<Environment> {
  const file = join(dir, 'up.json')
  const environment = JSON.parse(await readFile(file, 'utf8')) as Environment
  if (environment.version !== 1) throw new Error(`${file}: version ${String(environment.version)} is not supported by this program`)
  return environment
}
