import type { RequestListener } from 'node:http'
import type { Registry } from 'prom-client'
import type Provider from 'oidc-provider'
import type { Clock } from '../domain/clock.ts'
import type { Recorder } from '../domain/record/recorder.ts'
import type { Log } from '../server/log.ts'
import { reloading } from '../server/process/reloading.ts'
import type { ClientConfig, LoginConfig, UpstreamConfig } from './config/config.ts'
import { createExchange } from './exchange/exchange.ts'
import { prefixOfTemplate } from './exchange/name-template.ts'
import { createTokenIssuers } from './exchange/token-issuers.ts'
import { createApp } from './http/app.ts'
import { createDone } from './http/done.ts'
import { createRateLimits } from './http/rate-limits.ts'
import { readSigningKeys } from './keys/signing-keys.ts'
import { loginMetrics } from './metrics.ts'
import { readSecrets, type Secrets } from './provider/clients.ts'
import { createPolls } from './provider/device/polls.ts'
import { createProvider } from './provider/provider.ts'
import { registerExchange } from './provider/register-exchange.ts'
import { createLoginRecords } from './records/login-records.ts'
import { watchProvider } from './records/watch-provider.ts'
import { createPeople } from './state/people.ts'
import { idsOf, readSealKeys } from './state/seal-keys.ts'
import { createSharedState, type Bounds } from './state/shared-state.ts'
import type { StateStore } from './state/store.ts'
import { createTickets } from './state/tickets.ts'
import { upstreamState } from './state/upstream-state.ts'
import type { Upstream, UpstreamContext } from './upstream-provider.ts'

/** What anonymous clients can make has small bounds. */
const BOUNDS: Bounds = { DeviceCode: { all: 1000, each: 20 }, UserCode: { all: 1000, each: 20 } }

export type LoginOptions = {
  readonly config: LoginConfig
  readonly store: StateStore
  readonly makeUpstream: (config: UpstreamConfig, context: UpstreamContext) => Promise<Upstream>
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  readonly recorder: Recorder
}

export type Login = {
  readonly handler: RequestListener
  readonly upstreams: readonly Upstream[]
  /** Reads keys and secrets again, as it does every ten seconds. */
  readonly reload: () => Promise<void>
  readonly close: () => Promise<void>
}

const secretsID = (secrets: Secrets): string => [...secrets].map((pair) => pair.join('\0')).join('\n')

/** Login as an HTTP handler. Everything that replicas share is in the store, and the rest is sealed in cookies. */
export async function createLogin({ config, store, makeUpstream, clock, log, registry, recorder }: LoginOptions): Promise<Login> {
  const metrics = loginMetrics(registry)
  const records = createLoginRecords({ recorder, metrics, log })
  let provider: Provider | undefined
  const changed = (): void => void (provider = undefined)
  const keys = await reloading(() => readSigningKeys(config.keysDir), {
    what: 'signing-keys',
    idOf: ({ current, published }) => [current.kid, ...published.map(({ kid }) => kid)].join(),
    changed,
    log,
  })
  const sealKeys = await reloading(() => readSealKeys(config.sealKeysFile), { what: 'seal-keys', idOf: idsOf, changed, log })
  const secrets = await reloading(() => readSecrets(config.clients), { what: 'client-secrets', idOf: secretsID, changed, log })

  const clients = new Map(config.clients.map((client) => [client.id, client]))
  const clientOf = (id: string): ClientConfig | undefined => clients.get(id)
  const state = createSharedState(store, { keys: sealKeys.current, clock, bounds: BOUNDS })
  const prefixes = new Map(config.upstreams.map(({ id, namePrefix = '' }) => [id, namePrefix]))
  const reserved = (config.tokenIssuers ?? []).flatMap(({ identities }) => identities.map(({ name }) => prefixOfTemplate(name)))
  const people = createPeople({ state, clock, prefixOf: (id) => prefixes.get(id) ?? '', reserved })
  const ticketsOf = (owner: string) => createTickets(sealKeys.current, clock, owner)

  const contextOf = ({ id, saml }: UpstreamConfig): UpstreamContext => {
    return {
      url: `${config.url}/upstream/${id}`,
      done: createDone({ state, metrics, log }, id),
      ended: async (upstream, logout) => {
        const subject = await people.ended(upstream, logout)
        if (subject !== undefined) await records.ended({ event: 'login.signed-out', subject, how: 'Upstream' })
      },
      clock,
      // What one upstream accepted once, another one of the same identity provider does not accept again.
      state: upstreamState(state, saml?.identityProvider.entityID ?? id),
      tickets: ticketsOf(`upstream ${id}`),
      log,
      fetch: globalThis.fetch,
    }
  }
  const upstreams = await Promise.all(config.upstreams.map((upstream) => makeUpstream(upstream, contextOf(upstream))))
  const tokenIssuers = await createTokenIssuers(config.tokenIssuers ?? [], clock)
  const exchange = createExchange({ issuer: config.url, keys: keys.current, people, tokenIssuers, upstreams, clock })
  const polls = createPolls(clock)

  const makeProvider = (): Provider => {
    const options = {
      config,
      tickets: ticketsOf('login'),
      keys: keys.current(),
      secrets: secrets.current(),
      sealKeys: sealKeys.current,
      state,
      people,
      polls,
      clock,
      records,
    }
    const made = createProvider(options)
    registerExchange(made, { exchange, clientOf, log, metrics, records })
    watchProvider(made, { clientOf, records, metrics, log })
    return made
  }
  const app = createApp({
    config,
    provider: () => (provider ??= makeProvider()),
    keys: keys.current,
    limits: createRateLimits(clock, metrics),
    clientOf,
    upstreams,
    people,
    state,
    tickets: ticketsOf('login'),
    url: config.url,
    log,
    metrics,
    records,
  })
  return {
    handler: app,
    upstreams,
    reload: async () => void (await Promise.all([keys.reload(), sealKeys.reload(), secrets.reload()])),
    close: async () => {
      for (const each of [keys, sealKeys, secrets]) each.stop()
      for (const { close } of upstreams) await close?.()
      await records.flush()
    },
  }
}
