import type { Registry } from 'prom-client'
import { ConfigError } from '../../server/config.ts'
import { FairCounts } from '../../server/fair-counts.ts'
import { reasonOf } from '../../server/log.ts'
import { createProvider, type Provider } from '../../server/oidc/provider-client.ts'
import type { UpstreamContext } from '../upstream-provider.ts'
import type { OidcConfig } from './config.ts'
import { oidcMetrics, type OidcMetrics } from './metrics.ts'

const LOOK_MS = 30_000
/** Answers that are verified at the same time, by client and in total: each one waits for the provider. */
const MAX_ANSWERS = { each: 16, all: 128 }

/** One client of an OpenID Connect provider. */
export type OidcService = {
  readonly id: string
  readonly config: OidcConfig
  readonly context: UpstreamContext
  readonly redirectURI: string
  readonly provider: Provider
  readonly metrics: OidcMetrics
  readonly waiting: FairCounts<string>
  close(): Promise<void>
}

/**
 * Discovers the provider if it can be reached now, and again and again, so that the first person need not wait for it.
 * @throws ConfigError
 */
export async function createService(
  config: OidcConfig & { readonly id: string },
  context: UpstreamContext,
  registry: Registry,
): Promise<OidcService> {
  const { id } = config
  const { clock, log, url } = context
  const provider = await createProvider(config, clock).catch((error: unknown) => {
    throw new ConfigError(`.upstreams: "${id}": .caFile: ${reasonOf(error)}`)
  })
  const look = async (): Promise<void> => {
    const before = provider.known()
    await provider.current().catch((error: unknown) => {
      if (before === undefined) log.warn('upstream.unreachable', { upstream: id, error: reasonOf(error) })
    })
  }
  await look()
  const timer = setInterval(() => void look(), LOOK_MS)
  timer.unref()
  return {
    id,
    config,
    context,
    redirectURI: `${url}/callback`,
    provider,
    metrics: oidcMetrics(registry, id),
    waiting: new FairCounts(MAX_ANSWERS.each, MAX_ANSWERS.all),
    close: async () => {
      clearInterval(timer)
      await provider.close()
    },
  }
}
