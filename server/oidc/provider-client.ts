import { readFile } from 'node:fs/promises'
import * as oidc from 'openid-client'
import { Agent, buildConnector, fetch as undiciFetch, type RequestInit } from 'undici'
import type { Clock } from '../../domain/clock.ts'
import { StatusError } from '../../domain/status-error.ts'
import { boundedAnswer } from '../http/bounded-answer.ts'
import type { ClientSettings } from './client-fields.ts'

export type Provider = {
  /** The provider as its discovery document describes it. @throws StatusError ServiceUnavailable when it cannot be reached */
  current(): Promise<oidc.Configuration>
  /** What was discovered last. Undefined before it was reached for the first time. */
  known(): oidc.Configuration | undefined
  /** Discovers the provider again with the next sign-in if an error says that it signed with a key that is not known, and not only when the keys are some minutes old. */
  failed(error: unknown): void
  close(): Promise<void>
}

const TIMEOUT_SECONDS = 10
/** Documents and answers of a provider are far smaller. */
const MAX_ANSWER_BYTES = 1024 * 1024
const DISCOVER_AGAIN_MS = 600_000
/** Backoff after a failure, so that many people who sign in do not flood a provider that is down. */
const FAILURE_COOLDOWN_MS = 3_000
/** Least time from a discovery to one because of a key that is not known. */
const NEW_KEYS_MS = 3_000
const CLOCK_SKEW_SECONDS = 60

const unavailable = (cause: unknown): StatusError =>
  new StatusError('ServiceUnavailable', 'the identity provider cannot be reached; try again', { cause, details: { retryAfterSeconds: 3 } })

/** The client secret by HTTP Basic, which is the default of OpenID Connect, unless the provider accepts it in the body alone. */
function authenticationOf(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None()
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
}

async function discover(config: ClientSettings, fetchFrom: oidc.CustomFetch): Promise<oidc.Configuration> {
  const { issuer, clientID, clientSecretFile } = config
  // Read again at each discovery: the secret may have been rotated.
  const secret = clientSecretFile === undefined ? undefined : (await readFile(clientSecretFile, 'utf8')).trim()
  return await oidc.discovery(new URL(issuer), clientID, { [oidc.clockTolerance]: CLOCK_SKEW_SECONDS }, authenticationOf(secret), {
    [oidc.customFetch]: fetchFrom,
    timeout: TIMEOUT_SECONDS,
    // ID tokens come from the token endpoint by TLS, and their signatures are verified as well.
    execute: [oidc.enableNonRepudiationChecks],
  })
}

/** Connects to the host in the URL, or to `connectTo` with the name of that host in TLS. */
async function connectorOf({ caFile, connectTo }: ClientSettings): Promise<buildConnector.connector> {
  const connect = buildConnector(caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') })
  if (connectTo === undefined) return connect
  const { hostname, port } = new URL(`https://${connectTo}`)
  return (options, callback) => connect({ ...options, servername: options.servername ?? options.hostname, hostname, port: port || '443' }, callback)
}

/** Discovers the provider when somebody signs in, so that the server starts without it. Follows no redirects. */
export async function createProvider(config: ClientSettings, clock: Clock): Promise<Provider> {
  const dispatcher = new Agent({ connect: await connectorOf(config), connections: 8, maxResponseSize: MAX_ANSWER_BYTES })
  const fetchFrom: oidc.CustomFetch = async (url, { signal, ...options }) =>
    boundedAnswer(await undiciFetch(url, { ...options, ...(signal === undefined ? {} : { signal }), dispatcher } as RequestInit), MAX_ANSWER_BYTES)
  let known: { readonly configuration: oidc.Configuration; readonly atMs: number } | undefined
  let failedAtMs = Number.NEGATIVE_INFINITY
  let running: Promise<oidc.Configuration> | undefined

  const load = async (): Promise<oidc.Configuration> => {
    try {
      const configuration = await discover(config, fetchFrom)
      known = { configuration, atMs: clock.nowMs() }
      return configuration
    } catch (error) {
      failedAtMs = clock.nowMs()
      // What was discovered before still holds while the provider is away.
      if (known !== undefined) return known.configuration
      throw unavailable(error)
    }
  }
  return {
    current: async () => {
      if (known !== undefined && clock.nowMs() - known.atMs < DISCOVER_AGAIN_MS) return known.configuration
      if (clock.nowMs() - failedAtMs < FAILURE_COOLDOWN_MS) {
        if (known !== undefined) return known.configuration
        throw unavailable(new Error('it was unreachable a moment ago'))
      }
      running ??= load().finally(() => (running = undefined))
      return await running
    },
    known: () => known?.configuration,
    failed: (error) => {
      const isUnknownKey = error instanceof oidc.ClientError && error.code === 'OAUTH_KEY_SELECTION_FAILED'
      // The library keeps the keys with the configuration, so another configuration has the keys of now.
      if (isUnknownKey && known !== undefined && clock.nowMs() - known.atMs >= NEW_KEYS_MS) known = { ...known, atMs: Number.NEGATIVE_INFINITY }
    },
    close: () => dispatcher.close(),
  }
}
