import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { reasonOf, type Log } from '../../server/log.ts'
import type { ClientConfig } from '../config/config.ts'
import { EXCHANGE_GRANTS, ExchangeError, PARAMETERS, TOKEN_TYPES, type TokenExchange, type Exchanged, type Parameters } from '../exchange/exchange.ts'
import { ExchangeRefused } from '../exchange/refused.ts'
import type { LoginMetrics } from '../metrics.ts'
import { grantNamed } from '../records/issued.ts'
import { NotRecorded, type LoginRecords } from '../records/login-records.ts'
import { protocolError } from './protocol-errors.ts'
import { requestScope } from './request-scope.ts'

export type ExchangeOptions = {
  readonly exchange: TokenExchange
  readonly clientOf: (id: string) => ClientConfig | undefined
  readonly log: Log
  readonly metrics: LoginMetrics
  readonly records: LoginRecords
}

/** Adds the grants that exchange tokens to the token endpoint, whose client authentication and parameters are oidc-provider's. */
export function registerExchange(provider: Provider, { exchange, clientOf, log, metrics, records }: ExchangeOptions): void {
  /** The error that the client gets. */
  const failed = (client: string, error: unknown): unknown => {
    if (error instanceof ExchangeError) {
      metrics.exchanged('Refused')
      log.warn('exchange.refused', { client, reason: error.message })
      return error.code === 'invalid_target' ? new errors.InvalidTarget(error.message) : new errors.InvalidRequest(error.message)
    }
    if (error instanceof ExchangeRefused) {
      metrics.exchanged('Refused')
      log.warn('exchange.refused', { client, reason: error.message })
      // The client learns only that it was refused, so that somebody who tries tokens learns nothing: this detail is not sent.
      return new errors.InvalidGrant(error.message)
    }
    metrics.exchanged('Error')
    log.error('exchange.failed', { client, error: reasonOf(error) })
    if (error instanceof NotRecorded) return protocolError(error)
    const failure = new errors.TemporarilyUnavailable('the token cannot be verified now; try again')
    return Object.assign(failure, { status: 503, statusCode: 503 })
  }
  const answer = async (context: KoaContextWithOIDC, run: (client: ClientConfig, parameters: Parameters) => Promise<Exchanged>): Promise<void> => {
    const id = context.oidc.client?.clientId ?? ''
    const client = clientOf(id)
    try {
      if (client === undefined) throw new ExchangeRefused('there is no such client')
      const { token, jti, seconds, subject, actor, audience } = await run(client, { ...context.oidc.params })
      const grant = grantNamed(context.oidc.params?.['grant_type']) ?? 'TokenExchange'
      await records.granted({
        event: 'login.token-issued',
        jti,
        subject,
        actor,
        client: id,
        audience,
        grant,
        seconds,
        address: requestScope().request.ip,
      })
      metrics.exchanged('Success')
      log.info('token.exchanged', { client: id, subject, audience, ...(actor === undefined ? {} : { actor }) })
      context.body = { access_token: token, issued_token_type: TOKEN_TYPES.accessToken, token_type: 'Bearer', expires_in: seconds }
    } catch (error) {
      throw failed(id, error)
    }
  }
  provider.registerGrantType(EXCHANGE_GRANTS.tokenExchange, (context) => answer(context, exchange.tokenExchange), [...PARAMETERS])
  provider.registerGrantType(EXCHANGE_GRANTS.samlAssertion, (context) => answer(context, exchange.samlAssertion), [...PARAMETERS])
}
