import { randomUUID } from 'node:crypto'
import type { Adapter } from 'oidc-provider'
import { GRANTS, type GrantName } from '../config/clients.ts'
import { requestScope } from '../provider/request-scope.ts'
import type { LoginRecords } from './login-records.ts'

/** The name that the configuration has for a `grant_type`. Undefined for any other. */
export const grantNamed = (type: unknown): GrantName | undefined =>
  (Object.keys(GRANTS) as readonly GrantName[]).find((name) => GRANTS[name] === type)

/**
 * Records tokens of people. oidc-provider saves an access token in each answer with tokens, after it has verified and used up what the program presented and before
 * the ID token is made. What cannot be recorded is not given out, and what the program presented then works once more.
 */
export const recordIssued = (records: LoginRecords, secondsOf: (client: string) => number): Adapter['upsert'] => {
  return async (_id, { accountId = '', clientId = '', gty = '' }) => {
    const scope = requestScope()
    scope.jti = randomUUID()
    try {
      await records.granted({
        event: 'login.token-issued',
        jti: scope.jti,
        subject: accountId,
        client: clientId,
        audience: clientId,
        // That of a refresh token names first what it came from.
        grant: grantNamed(gty.split(' ').at(-1)) ?? 'AuthorizationCode',
        seconds: secondsOf(clientId),
        address: scope.request.ip,
      })
    } catch (error) {
      // If this fails too, the person has to sign in again.
      await Promise.allSettled(scope.undo.map((undo) => undo()))
      throw error
    }
  }
}
