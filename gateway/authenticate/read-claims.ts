import { createHash } from 'node:crypto'
import { StatusError } from '../../domain/status-error.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Caller } from '../steps.ts'
import { findClaim } from './find-claim.ts'
import type { IssuerConfig } from './issuer-config.ts'
import { claimsToBeOfTheSystem, problemOfName } from './name-in-claim.ts'

/** Each group takes one header line to kube-apiserver and from there to the servers of jit-access, which accept 64 KiB of headers. */
const MAX_GROUPS = 600
/** Number of ignored groups that the log names. */
const MAX_REASONS = 5

/** A caller, and the claims that were ignored with the reasons, for the log. */
export type ReadClaims = { readonly caller: Caller; readonly leftOut: readonly string[] }

type Groups = { readonly groups: readonly string[]; readonly leftOut: readonly string[] }

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : `a value of type ${typeof value}`)

/** Accepts a list of strings or one string, as kube-apiserver does. Ignores groups with unusable names: no policy can name them. */
function groupsOf(claims: object, { groupsClaim, groupsPrefix }: IssuerConfig): Groups {
  const value = findClaim(claims, groupsClaim)
  if (value === undefined || value === null) return { groups: [], leftOut: [] }
  if (typeof value !== 'string' && !Array.isArray(value))
    return { groups: [], leftOut: [`${groupsClaim} is neither a string nor a list of strings, so its groups are ignored`] }
  const given: readonly unknown[] = typeof value === 'string' ? [value] : value
  // Not truncated: a policy that governs a dropped group would not apply, and what it denies would be allowed.
  if (given.length > MAX_GROUPS) throw unauthorized(`${groupsClaim} holds ${given.length} groups; the gateway takes ${MAX_GROUPS}`)
  const groups = new Set<string>()
  const leftOut: string[] = []
  for (const group of given) {
    const problem = problemOfName(group, groupsPrefix)
    if (problem === undefined) groups.add(`${groupsPrefix}${String(group)}`)
    else leftOut.push(`${groupsClaim}: ${shown(group)} ${problem}`)
  }
  const more = leftOut.length - MAX_REASONS
  return { groups: [...groups], leftOut: more > 0 ? [...leftOut.slice(0, MAX_REASONS), `and ${more} more`] : leftOut }
}

function usernameOf(claims: object, { usernameClaim, usernamePrefix }: IssuerConfig): string {
  const value = findClaim(claims, usernameClaim)
  if (value === undefined || value === null) throw unauthorized(`the claim ${usernameClaim} is missing`)
  if (typeof value !== 'string') throw unauthorized(`the claim ${usernameClaim} is not a string`)
  const problem = problemOfName(value, usernamePrefix)
  // An issuer that issues such names is misconfigured or hostile. The prefix would make the name harmless and hide that.
  if (claimsToBeOfTheSystem(value, usernamePrefix))
    throw new StatusError('Forbidden', `the token's ${usernameClaim} is a name that no issuer may hand out`, {
      cause: new Error(`the claim ${usernameClaim} ${problem ?? 'is reserved'}`),
    })
  if (problem !== undefined) throw unauthorized(`the claim ${usernameClaim} ${problem}`)
  // As in kube-apiserver: the claim may be absent, but if it is present it must be true.
  if (usernameClaim === 'email' && Object.hasOwn(claims, 'email_verified') && findClaim(claims, 'email_verified') !== true)
    throw unauthorized('the claim email_verified is not true')
  return `${usernamePrefix}${value}`
}

/** Derives the session from issuer and subject, so a renewed token continues the same session. */
export function sessionOf(issuer: string, username: string): string {
  return createHash('sha256').update(`${issuer}\0${username}`).digest('hex').slice(0, 32)
}

/**
 * Returns the caller that verified claims describe, with the rules of kube-apiserver. Always adds the prefixes of the issuer, so two issuers
 * never share a name.
 * @throws StatusError Unauthorized when there is no usable user name, Forbidden when the name is reserved
 */
export function readClaims(claims: { readonly exp: number }, config: IssuerConfig): ReadClaims {
  const username = usernameOf(claims, config)
  const { groups, leftOut } = groupsOf(claims, config)
  return {
    caller: {
      identity: { username, uid: '', groups, extra: {} },
      issuer: config.issuer,
      session: sessionOf(config.issuer, username),
      expiresAtMs: claims.exp * 1000,
    },
    leftOut,
  }
}
