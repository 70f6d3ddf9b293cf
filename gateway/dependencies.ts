import { randomBytes, randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import { GRANTS_PATH, POLICIES_PATH, SUSPENSIONS_PATH } from '../domain/api/names.ts'
import type { AccessGrant } from '../domain/api/access-grant.ts'
import type { AccessPolicy } from '../domain/api/access-policy.ts'
import type { AccessSuspension } from '../domain/api/access-suspension.ts'
import type { Clock } from '../domain/clock.ts'
import type { Recorder } from '../domain/record/recorder.ts'
import type { KubeClient } from '../kube/client.ts'
import type { ClusterConfig } from '../kube/cluster-config.ts'
import { watchApiServers } from '../kube/api-servers.ts'
import { createInformer, type Informer, type InformerOptions, type WatchProgress, type Watched } from '../kube/informer.ts'
import { createLatestRevision } from '../kube/latest-revision.ts'
import { fetchServiceAccountKeys } from '../kube/authentication/service-account-keys.ts'
import { createServiceAccountToken } from '../kube/authentication/service-account-token.ts'
import { createTokenReviewer } from '../kube/authentication/token-review.ts'
import { createConditionEvaluator } from '../server/conditions/cel.ts'
import { reasonOf, type Log } from '../server/log.ts'
import { createAccessView } from './grants/access-view.ts'
import { createClaim } from './grants/claim.ts'
import { outageMetrics } from './grants/outage-metrics.ts'
import { createAuthenticator } from './authenticate/authenticate.ts'
import { createClusterKeys } from './authenticate/cluster-keys.ts'
import { readIssuers, type IssuerConfig } from './authenticate/issuer-config.ts'
import { createIssuer } from './authenticate/issuer.ts'
import { createReloadingAuthenticator } from './authenticate/reloading-authenticator.ts'
import { createServiceAccounts } from './authenticate/service-account.ts'
import { createTokenLog } from './authenticate/token-log.ts'
import type { GatewayConfig } from './config.ts'
import { createUpstream } from './forward/upstream.ts'
import { createHeldRoom } from './byte-room.ts'
import { createCatchUp } from './catch-up/catch-up.ts'
import { TIMING } from './catch-up/timing.ts'
import { createHold } from './hold/hold.ts'
import { createFollowRequest } from './hold/access-requests.ts'
import { createLimits } from './wire-limits.ts'
import { createPlanRenderer } from './plan/render/plan-renderer.ts'
import { createGuessableCounts } from './mask/values/guessable-counts.ts'
import { createMasking } from './mask/values/masking.ts'
import type { Secret } from './mask/values/secret-learner.ts'
import { createValuesHealth } from './mask/values/values-health.ts'
import { maskingMetrics } from './masking-metrics.ts'
import { createWrittenSecrets } from './mask/values/written-secrets.ts'
import { gatewayMetrics, type GatewayMetrics } from './metrics.ts'
import { createLivePermits } from './decide/stream-revocation.ts'
import { createLiveSecrets } from './decide/live-secrets.ts'
import { createObservations } from './record/observations.ts'
import type { Dependencies } from './pipeline.ts'
import { createRelay } from './stream/relay.ts'

export type Opened = {
  readonly deps: Dependencies
  readonly metrics: GatewayMetrics
  /**
   * Informers that must be synced before any decision. AccessRequests are not included: agents write them, and without them only holds
   * wait longer.
   */
  readonly needed: readonly { readonly name: string; readonly informer: Informer<Watched> }[]
  /** Whether the credential for forwarding is available. Checked every 5 seconds. */
  readonly canForward: () => boolean
  /** Whether the Secret values are known. No response can be masked without them. */
  readonly valuesKnown: () => boolean
  /** What the controller needs to know for the status of policies, as JSON. */
  readonly observations: () => string
  close(): Promise<void>
}

export type OpenOptions = {
  readonly config: GatewayConfig
  readonly client: KubeClient
  /** Client of the same identity with an unlimited pool: each hold keeps one watch open. */
  readonly holdClient: KubeClient
  readonly impersonator: ClusterConfig
  readonly recorder: Recorder
  readonly registry: Registry
  readonly clock: Clock
  readonly log: Log
}

/**
 * A dead watch looks the same as a watch of Secrets that do not change. kube-apiserver sends a bookmark before a watch of ten seconds
 * ends, so a dead watch is detected within fifteen seconds.
 */
const SECRETS_WATCH = { watchSeconds: 10, quietMs: 15_000 }
const CREDENTIAL_CHECK_MS = 5_000

async function authenticatorOf({ config, client, clock, log }: OpenOptions) {
  const { serviceAccountTokens, issuersDir } = config
  const keys = createClusterKeys({
    fetchKeys: () => fetchServiceAccountKeys(client),
    clock,
    onError: (error) => log.warn('service-account-keys.missing', { error: reasonOf(error) }),
  })
  const serviceAccounts =
    serviceAccountTokens === undefined
      ? {}
      : {
          serviceAccounts: createServiceAccounts(createTokenReviewer(client, serviceAccountTokens.audiences, clock), clock, {
            keys,
            audiences: serviceAccountTokens.audiences,
          }),
        }
  const tokenLog = createTokenLog(log, clock)
  const read = (): Promise<readonly IssuerConfig[]> => (issuersDir === undefined ? Promise.resolve([]) : readIssuers(issuersDir))
  return createReloadingAuthenticator(await read(), {
    read,
    make: (issuers) =>
      createAuthenticator({ clock, issuers: issuers.map((issuer) => createIssuer(issuer, clock)), log: tokenLog, ...serviceAccounts }),
    onChange: (count) => log.info('issuers.reloaded', { count }),
    onError: (error) => log.error('issuers.unreadable', { error: reasonOf(error) }),
  })
}

/** Returns the credential for forwarding: the given kubeconfig, or tokens of the impersonator ServiceAccount requested as the gateway. */
export function impersonatorOf(config: GatewayConfig, own: ClusterConfig, by: { readonly client: KubeClient; readonly clock: Clock }): ClusterConfig {
  const { impersonator } = config
  if (impersonator === undefined) return own
  return { ...own, credential: { kind: 'token', token: createServiceAccountToken(by.client, impersonator, by.clock) } }
}

/** Creates the dependencies of the pipeline and starts the watches. @throws ConfigError */
export async function createDependencies(options: OpenOptions): Promise<Opened> {
  const { config, client, clock, log, recorder, registry } = options
  const follow = <T extends Watched>(path: string, more: Partial<InformerOptions> = {}): Informer<T> & WatchProgress =>
    createInformer<T>({ client, clock, path, onError: (error) => log.warn('watch.trouble', { path, error: reasonOf(error) }), ...more })
  const policies = follow<AccessPolicy>(POLICIES_PATH)
  const grants = follow<AccessGrant>(GRANTS_PATH)
  const suspensions = follow<AccessSuspension>(SUSPENSIONS_PATH)
  const servers = watchApiServers({ client, clock, onError: (error) => log.warn('api-services.trouble', { error: reasonOf(error) }) })
  const followRequest = createFollowRequest({
    client: options.holdClient,
    clock,
    onError: (error) => log.warn('hold.trouble', { error: reasonOf(error) }),
  })
  const secrets = follow<Secret>('/api/v1/secrets', SECRETS_WATCH)

  const lastKnown = config.lastKnownSeconds === undefined ? {} : { lastKnownMs: config.lastKnownSeconds * 1000 }
  const view = createAccessView({ client, policies, grants, suspensions, ...lastKnown })
  const livePermits = createLivePermits({ grants, policies, suspensions, view }, clock)
  const limits = createLimits(config.limits ?? {}, (bound) => metrics.bounded(bound))
  const metrics: GatewayMetrics = gatewayMetrics(registry, { inFlight: () => limits.inFlight, streams: () => livePermits.count })
  const guessable = createGuessableCounts()
  secrets.subscribe((change) => guessable.change(change))
  const masking = createMasking({
    secrets,
    clock,
    key: randomBytes(32),
    onFailed: (error) => log.error('values.failed', { error: reasonOf(error) }),
  })
  const valuesHealth = createValuesHealth(secrets, () => masking.isReady())
  maskingMetrics(registry, {
    known: masking.known,
    lateNamespaces: () => masking.lateNamespaces(),
    guessable: () => guessable.byNamespace(),
    outdatedForMs: () => valuesHealth.outdatedForMs(),
  })
  const catchUp = createCatchUp({
    secrets,
    latestRevision: createLatestRevision(client),
    learned: async () => void (await masking.values()),
    timing: TIMING,
    onLate: metrics.secretsLate,
  })
  const heldRoom = createHeldRoom(registry)
  const written = createWrittenSecrets()
  const renderer = createPlanRenderer()
  const upstream = createUpstream(options.impersonator)
  const authenticator = await authenticatorOf(options)
  const cluster = config.cluster === undefined ? {} : { cluster: config.cluster }
  outageMetrics(registry, view)
  const observations = createObservations(randomUUID())
  const deps: Dependencies = {
    clock,
    recorder,
    limits,
    masking,
    catchUp,
    heldRoom,
    written,
    renderer,
    servers,
    upstream,
    livePermits,
    authenticator: authenticator.authenticate,
    view,
    liveSecrets: createLiveSecrets(client),
    claim: createClaim(client),
    evaluate: createConditionEvaluator(observations.tooExpensive),
    relay: createRelay({ upstream, masking, catchUp, heldRoom, recorder, clock, registry, log }),
    hold: createHold({ upstream, client, followRequest, masking, written, renderer, servers, recorder, clock, registry, ...config.hold }),
    suspect: observations.refused,
    ...cluster,
  }

  let forwards = false
  const check = (): void =>
    void upstream.credential().then(
      () => (forwards = true),
      (error: unknown) => {
        forwards = false
        log.warn('credential.missing', { error: reasonOf(error) })
      },
    )
  check()
  const timer = setInterval(check, CREDENTIAL_CHECK_MS)
  const needed = [
    { name: 'policies', informer: policies },
    { name: 'grants', informer: grants },
    { name: 'suspensions', informer: suspensions },
    { name: 'secrets', informer: secrets },
  ]
  const informers = [policies, grants, suspensions, secrets]
  for (const informer of informers) informer.start()
  servers.start()
  return {
    deps,
    metrics,
    needed,
    canForward: () => forwards,
    valuesKnown: () => valuesHealth.ok(),
    observations: observations.text,
    close: async () => {
      clearInterval(timer)
      servers.stop()
      renderer.close()
      authenticator.stop()
      for (const informer of informers) informer.stop()
      await upstream.close()
    },
  }
}
