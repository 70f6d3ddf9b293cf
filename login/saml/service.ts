import type { Registry } from 'prom-client'
import { ConfigError } from '../../server/config.ts'
import { reasonOf } from '../../server/log.ts'
import type { UpstreamContext } from '../upstream-provider.ts'
import type { Timing } from './assertion/parties.ts'
import { SAML_DEFAULTS, type SamlConfig } from './config.ts'
import { readServiceKeys, type ServiceKeys } from './service-keys.ts'
import { createMetadataSource } from './metadata/fetch-metadata.ts'
import { createProvider, type TrustedProvider } from './metadata/trusted-provider.ts'
import { samlMetrics, type SamlMetrics } from './metrics.ts'

const LOOK_MS = 30_000

/** One SAML service provider: its names, its keys, and the identity provider that it trusts. */
export type Service = {
  readonly id: string
  readonly config: SamlConfig
  readonly context: UpstreamContext
  readonly entityID: string
  readonly acs: string
  readonly slo: string
  readonly script: string
  readonly metrics: SamlMetrics
  readonly provider: TrustedProvider
  keys(): ServiceKeys
  timing(): Timing
  close(): Promise<void>
}

/** Reads the keys, and the metadata if they can be read now. @throws ConfigError */
export async function createService(
  config: SamlConfig & { readonly id: string },
  context: UpstreamContext,
  registry: Registry | undefined,
): Promise<Service> {
  const { id } = config
  const { clock, log, url } = context
  let keys = await keysOf(config)
  const metrics = samlMetrics(registry, id)
  const source = await createMetadataSource(config)
  const provider = createProvider({ config, source, clock, log, metrics })
  await provider.refreshIfDue()
  const look = async (): Promise<void> => {
    // Files of a Secret change in place; while one is half written, the keys that were read last are used.
    keys = await keysOf(config).catch((error: unknown) => {
      log.warn('SAML keys could not be read again', { reason: reasonOf(error) })
      return keys
    })
    await provider.refreshIfDue()
  }
  const timer = setInterval(() => void look(), LOOK_MS)
  timer.unref()
  return {
    id,
    config,
    context,
    entityID: config.entityID ?? `${url}/metadata`,
    acs: `${url}/acs`,
    slo: `${url}/slo`,
    script: `${url}/submit.js`,
    metrics,
    provider,
    keys: () => keys,
    timing: () => ({
      nowMs: clock.nowMs(),
      skewMs: (config.clockSkewSeconds ?? SAML_DEFAULTS.clockSkewSeconds) * 1000,
      maxAgeMs: (config.maxAgeSeconds ?? SAML_DEFAULTS.maxAgeSeconds) * 1000,
    }),
    close: async () => {
      clearInterval(timer)
      await source.close()
    },
  }
}

async function keysOf(config: SamlConfig): Promise<ServiceKeys> {
  const keys = await readServiceKeys(config)
  if (config.encryptedOnly === true && keys.decryption.length === 0) throw new ConfigError('.encryptedOnly: needs a key in .decryption')
  return keys
}
