import { Counter, type Registry } from 'prom-client'
import type { OidcRefusal } from './refused.ts'

export type OidcMetrics = { readonly answered: (result: 'Success' | 'Error' | OidcRefusal) => void }

/** Makes the metrics of one upstream. Upstreams share the metrics of a registry and differ by a label, which the configuration bounds. */
export function oidcMetrics(registry: Registry, upstream: string): OidcMetrics {
  const answers =
    (registry.getSingleMetric('jit_login_oidc_answers_total') as Counter | undefined) ??
    new Counter({
      name: 'jit_login_oidc_answers_total',
      help: 'Answers of OpenID Connect providers to sign-ins. The result is Success, Error, or why the answer was refused.',
      labelNames: ['upstream', 'result'],
      registers: [registry],
    })
  return { answered: (result) => answers.inc({ upstream, result }) }
}
