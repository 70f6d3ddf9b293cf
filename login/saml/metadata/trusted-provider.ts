import type { Clock } from '../../../domain/clock.ts'
import { reasonOf, type Log } from '../../../server/log.ts'
import { SAML_DEFAULTS, type SamlConfig } from '../config.ts'
import type { SamlMetrics } from '../metrics.ts'
import { SamlRefused } from '../refused.ts'
import type { MetadataSource } from './fetch-metadata.ts'
import { readMetadata, type ProviderMetadata } from './read-metadata.ts'

/** How long metadata that name no end are used while they cannot be read again: a certificate that was withdrawn must not count forever. */
const KEPT_MS = 7 * 24 * 3600 * 1000
/** After a failure, and between two looks for a key that is not known. */
const COOLDOWN_MS = 60_000

/** The identity provider, kept up to date. */
export type TrustedProvider = {
  /** @throws SamlRefused Metadata when they were never read, or have expired */
  current(): ProviderMetadata
  isUsable(): boolean
  /** Reads the metadata again if it is time. Never fails: what was read last is used until it expires. */
  refreshIfDue(): Promise<void>
  /** Reads the metadata at once, since somebody signed with a key that is not known. Whether they were read; at most once a minute. */
  refreshForUnknownKey(): Promise<boolean>
}

export type MetadataOptions = {
  readonly config: SamlConfig
  readonly source: MetadataSource
  readonly clock: Clock
  readonly log: Log
  readonly metrics: SamlMetrics
}

export function createProvider({ config: { identityProvider }, source, clock, log, metrics }: MetadataOptions): TrustedProvider {
  const { entityID, metadata } = identityProvider
  const refreshMs = (metadata.refreshSeconds ?? SAML_DEFAULTS.refreshSeconds) * 1000
  let known: { readonly metadata: ProviderMetadata; readonly endsAtMs: number } | undefined
  let nextMs = 0
  let lookedMs = Number.NEGATIVE_INFINITY
  let running: Promise<boolean> | undefined

  const read = async (): Promise<boolean> => {
    const nowMs = clock.nowMs()
    try {
      const { signers } = source
      const fresh = readMetadata(await source.read(), entityID, { nowMs, ...(signers === undefined ? {} : { signers }) })
      const waitMs = Math.max(COOLDOWN_MS, Math.min(refreshMs, (fresh.cacheSeconds ?? Number.POSITIVE_INFINITY) * 1000))
      known = { metadata: fresh, endsAtMs: fresh.validUntil ?? nowMs + KEPT_MS }
      nextMs = nowMs + waitMs
      metrics.refreshed('Success', known.endsAtMs)
      return true
    } catch (error) {
      nextMs = nowMs + COOLDOWN_MS
      metrics.refreshed('Error', known?.endsAtMs)
      log.warn('SAML metadata could not be read; those read last are used until they expire', { reason: reasonOf(error) })
      return false
    }
  }
  // One at a time: a caller that comes meanwhile waits for the same.
  const once = (): Promise<boolean> => (running ??= read().finally(() => (running = undefined)))

  const isUsable = (): boolean => known !== undefined && known.endsAtMs > clock.nowMs()

  return {
    isUsable,
    current: () => {
      if (known === undefined) throw new SamlRefused('Metadata', 'the metadata were not read yet')
      if (!isUsable()) throw new SamlRefused('Metadata', 'the metadata have expired and could not be read again')
      return known.metadata
    },
    refreshIfDue: async () => {
      if (clock.nowMs() >= nextMs) await once()
    },
    refreshForUnknownKey: async () => {
      if (clock.nowMs() - lookedMs < COOLDOWN_MS) return false
      lookedMs = clock.nowMs()
      return await once()
    },
  }
}
