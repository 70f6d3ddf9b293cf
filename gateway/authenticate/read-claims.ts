import { createHash } from 'node:crypto'
import { StatusError } from '../../domain/status-error.ts'
import { claimedGroups, claimedUsername, UnusableClaims } from '../../server/claims/names-in-claims.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Caller } from '../steps.ts'
import type { IssuerConfig } from './issuer-config.ts'

/** A caller, and the claims that were ignored with the reasons, for the log. */
export type ReadClaims = { readonly caller: Caller; readonly leftOut: readonly string[] }

/** Derives the session from issuer and subject, so a renewed token continues the same session. */
export function sessionOf(issuer: string, username: string): string {
  return createHash('sha256').update(`${issuer}\0${username}`).digest('hex').slice(0, 32)
}

function refusalOf(error: unknown, usernameClaim: string): unknown {
  if (!(error instanceof UnusableClaims)) return error
  if (!error.reserved) return unauthorized(error.message)
  return new StatusError('Forbidden', `the token's ${usernameClaim} is a name that no issuer may hand out`, { cause: new Error(error.message) })
}

/**
 * Refuses a token with which an actor acts for somebody else (RFC 8693, section 4.1) if the user name would be the one of that person: all of their
 * agents would be one user, and share grants.
 * @throws StatusError Unauthorized
 */
function refuseUnnamedActor(claims: object, { usernameClaim }: IssuerConfig): void {
  if (Object.hasOwn(claims, 'act') && usernameClaim === 'sub')
    throw unauthorized(
      'the token is of an actor (claim act), and sub names the person it acts for; set usernameClaim to the claim that names the actor',
    )
}

/**
 * Returns the caller that verified claims describe, with the rules of kube-apiserver. Always adds the prefixes of the issuer, so two issuers
 * never share a name.
 * @throws StatusError Unauthorized when there is no usable user name, Forbidden when the name is reserved
 */
export function readClaims(claims: { readonly exp: number }, config: IssuerConfig): ReadClaims {
  refuseUnnamedActor(claims, config)
  try {
    const username = claimedUsername(claims, config)
    const { groups, leftOut } = claimedGroups(claims, config)
    return {
      caller: {
        identity: { username, uid: '', groups, extra: {} },
        issuer: config.issuer,
        session: sessionOf(config.issuer, username),
        expiresAtMs: claims.exp * 1000,
      },
      leftOut,
    }
  } catch (error) {
    throw refusalOf(error, config.usernameClaim)
  }
}
