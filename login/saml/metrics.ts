import { Counter, Gauge, type Registry } from 'prom-client'
import type { Refusal } from './refused.ts'

/** What happened to a message of SAML. */
export type SamlResult = 'Success' | 'Error' | Refusal
export type SamlMessage = 'Response' | 'Assertion' | 'LogoutRequest' | 'LogoutResponse'

export type SamlMetrics = {
  readonly received: (message: SamlMessage, result: SamlResult) => void
  /** `endsAtMs`: until when the metadata read last are used. */
  readonly refreshed: (result: 'Success' | 'Error', endsAtMs: number | undefined) => void
}

/** Makes the metrics of one upstream. Upstreams share the metrics of a registry and differ by a label, which the configuration bounds. */
export function samlMetrics(registry: Registry | undefined, upstream: string): SamlMetrics {
  if (registry === undefined) return { received: () => undefined, refreshed: () => undefined }
  const registers = [registry]
  const counter = (name: string): Counter | undefined => registry.getSingleMetric(name) as Counter | undefined
  const messages =
    counter('jit_login_saml_messages_total') ??
    new Counter({
      name: 'jit_login_saml_messages_total',
      help: 'Messages of SAML that came in. The result is Success, Error, or why the message was refused.',
      labelNames: ['upstream', 'message', 'result'],
      registers,
    })
  const refreshes =
    counter('jit_login_saml_metadata_refreshes_total') ??
    new Counter({
      name: 'jit_login_saml_metadata_refreshes_total',
      help: 'Attempts to read the metadata of an identity provider. The result is Success or Error.',
      labelNames: ['upstream', 'result'],
      registers,
    })
  const ends =
    (registry.getSingleMetric('jit_login_saml_metadata_end_seconds') as Gauge | undefined) ??
    new Gauge({
      name: 'jit_login_saml_metadata_end_seconds',
      help: 'Until when the metadata of an identity provider are used that were read last, in seconds since the epoch. 0 before they were read.',
      labelNames: ['upstream'],
      registers,
    })
  return {
    received: (message, result) => messages.inc({ upstream, message, result }),
    refreshed: (result, endsAtMs) => {
      refreshes.inc({ upstream, result })
      ends.set({ upstream }, Math.floor((endsAtMs ?? 0) / 1000))
    },
  }
}
