import * as oidc from 'openid-client'
import { isOutage } from '../../server/oidc/provider-outage.ts'
import { OidcRefused } from './refused.ts'

/** Errors of OAuth that say that the person, or the provider, does not want to sign in: https://openid.net/specs/openid-connect-core-1_0.html#AuthError */
const DENIALS: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
  'unmet_authentication_requirements',
])

/** An error code of OAuth for the log. It comes through the browser, so anything else is not repeated. */
const codeOf = (error: string): string => (/^[a-z_]{1,40}$/.test(error) ? error : 'an error that OAuth does not know')

/** An error of openid-client as a refusal, or as it is when the provider is not available. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof oidc.AuthorizationResponseError) return ofAnswer(error)
  if (error instanceof oidc.ResponseBodyError) return ofTokenEndpoint(error)
  if (isOutage(error)) return new Error('the provider fails')
  if (error instanceof oidc.ClientError && error.code !== 'OAUTH_TIMEOUT') return new OidcRefused('Token', reasonsOf(error))
  return error
}

function ofAnswer(thrown: oidc.AuthorizationResponseError): Error {
  const { error } = thrown
  if (isOutage(thrown)) return new Error(`the provider answers ${error}`)
  return new OidcRefused(DENIALS.has(error) ? 'Denied' : 'Request', `the provider answers ${codeOf(error)}`)
}

function ofTokenEndpoint(thrown: oidc.ResponseBodyError): Error {
  const { error, status } = thrown
  if (isOutage(thrown)) return new Error(`the token endpoint answers ${status}`)
  return new OidcRefused(error === 'invalid_grant' ? 'Code' : 'Request', `the token endpoint answers ${codeOf(error)}`)
}

/** The messages of openid-client name claims and parameters, and no values. */
function reasonsOf(error: Error): string {
  const reasons = [error.message]
  if (error.cause instanceof Error) reasons.push(error.cause.message)
  return [...new Set(reasons)].join(': ').slice(0, 200)
}
