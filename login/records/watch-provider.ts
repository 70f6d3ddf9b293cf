import type { EventEmitter } from 'node:events'
import type Provider from 'oidc-provider'
import { reasonOf, type Log } from '../../server/log.ts'
import type { ClientConfig } from '../config/config.ts'
import type { LoginMetrics } from '../metrics.ts'
import { requestScope } from '../provider/request-scope.ts'
import { grantNamed } from './issued.ts'
import type { LoginRecords } from './login-records.ts'
import { refusedToken } from './refusals.ts'

export type WatchProviderOptions = {
  readonly clientOf: (id: string) => ClientConfig | undefined
  readonly records: LoginRecords
  readonly metrics: LoginMetrics
  readonly log: Log
}

/** Answers that tell a device to wait. */
const WAITING: ReadonlySet<string> = new Set(['authorization_pending', 'slow_down'])

/** Logs, counts and records what oidc-provider says about its answers. */
export function watchProvider(provider: Provider, { clientOf, records, metrics, log }: WatchProviderOptions): void {
  provider.on('server_error', (_context, error) => log.error('request.failed', { error: reasonOf(error) }))
  provider.on('grant.success', ({ oidc }) => metrics.tokens(grantNamed(oidc.params?.['grant_type']) ?? 'none', 'Success'))
  provider.on('grant.error', (context, error) => {
    const { client, params } = context.oidc
    log.warn('grant.refused', {
      ...(client === undefined ? {} : { client: client.clientId }),
      error: `${error.error}: ${error.error_detail ?? error.error_description ?? ''}`,
    })
    if (WAITING.has(error.error)) return
    // 429 says that there is no room, for the token or for its record.
    const isRefusal = error.statusCode < 500 && error.statusCode !== 429
    metrics.tokens(grantNamed(params?.['grant_type']) ?? 'none', isRefusal ? 'Refused' : 'Error')
    const refused = refusedToken(context, error, clientOf)
    if (refused !== undefined) void records.ended(refused)
  })
  provider.on('end_session.success', ({ oidc }) => {
    const subject = oidc.session?.accountId
    // "Stay signed in" ends nothing, and a browser that was not signed in has nothing to end.
    if (subject === undefined || oidc.params?.['logout'] === undefined) return
    void records.ended({ event: 'login.signed-out', subject, how: 'Browser', address: requestScope().request.ip })
  })
  // Koa would print it with its stack. Its types do not know the event.
  const koa = provider as unknown as EventEmitter
  koa.on('error', (error: unknown) => log.error('request.failed', { error: reasonOf(error) }))
}
