import type { errors, KoaContextWithOIDC } from 'oidc-provider'
import type { ClientConfig } from '../config/config.ts'
import { requestScope } from '../provider/request-scope.ts'
import { grantNamed } from './issued.ts'
import type { RefusedToken } from './login-records.ts'

/** What the token endpoint says after it has authenticated the client. Other errors are mistakes of a request, or of nobody known. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_target'])

/**
 * The record of a refusal of the token endpoint. Undefined for an error, and for a visitor: a client without a secret can be anybody, unless it presents the code or
 * refresh token of a person.
 */
export function refusedToken(
  { oidc }: KoaContextWithOIDC,
  { error: reason, error_detail, statusCode }: errors.OIDCProviderError,
  clientOf: (id: string) => ClientConfig | undefined,
): RefusedToken | undefined {
  const { presenter, request } = requestScope()
  const client = oidc.client?.clientId
  if (client === undefined || !REFUSALS.has(reason)) return undefined
  if (presenter === undefined && clientOf(client)?.secretFile === undefined) return undefined
  return {
    event: 'login.token-refused',
    subject: presenter,
    client,
    grant: grantNamed(oidc.params?.['grant_type']),
    code: statusCode,
    reason,
    message: error_detail,
    address: request.ip,
  }
}
