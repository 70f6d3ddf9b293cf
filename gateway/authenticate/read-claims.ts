import { createHash } from 'node:crypto'
import { StatusError } from '../../domain/status-error.ts'
import { unauthorized } from '../unauthorized.ts'
import type { Caller } from '../steps.ts'
import { findClaim } from './find-claim.ts'
import type { IssuerConfig } from './issuer-config.ts'
import { claimsToBeOfTheSystem, problemOfName } from './name-in-claim.ts'

/** Each group takes a header line on the way to kube-apiserver and from there to our own servers, which take 64 KiB of them. */
const MAX_GROUPS = 600
/** Groups that are left out and named in the log. */
const MAX_TOLD = 5

/** A caller, and for the log what of its claims was left out, with the reason. */
export type ReadClaims = { readonly caller: Caller; readonly leftOut: readonly string[] }

type Groups = { readonly groups: readonly string[]; readonly leftOut: readonly string[] }

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : `a value of type ${typeof value}`)

/** As kube-apiserver reads it: a list of texts, or one text. What no policy can name is left out of the list, so that no policy is lost by it. */
function groupsOf(claims: object, { groupsClaim, groupsPrefix }: IssuerConfig): Groups {
  const value = findClaim(claims, groupsClaim)
  if (value === undefined || value === null) return { groups: [], leftOut: [] }
  if (typeof value !== 'string' && !Array.isArray(value))
    return { groups: [], leftOut: [`${groupsClaim} is neither a text nor a list of texts, so no group of it counts`] }
  const given: readonly unknown[] = typeof value === 'string' ? [value] : value
  // Not cut short: a policy that governs a group of the rest would be lost, and what it denies would be allowed.
  if (given.length > MAX_GROUPS) throw unauthorized(`${groupsClaim} holds ${given.length} groups; the gateway takes ${MAX_GROUPS}`)
  const groups = new Set<string>()
  const leftOut: string[] = []
  for (const group of given) {
    const problem = problemOfName(group, groupsPrefix)
    if (problem === undefined) groups.add(`${groupsPrefix}${String(group)}`)
    else leftOut.push(`${groupsClaim}: ${shown(group)} ${problem}`)
  }
  const more = leftOut.length - MAX_TOLD
  return { groups: [...groups], leftOut: more > 0 ? [...leftOut.slice(0, MAX_TOLD), `and ${more} more`] : leftOut }
}

function usernameOf(claims: object, { usernameClaim, usernamePrefix }: IssuerConfig): string {
  const value = findClaim(claims, usernameClaim)
  if (value === undefined || value === null) throw unauthorized(`the claim ${usernameClaim} is missing`)
  if (typeof value !== 'string') throw unauthorized(`the claim ${usernameClaim} is no text`)
  const problem = problemOfName(value, usernamePrefix)
  // An issuer that hands out such names is broken or hostile; the prefix would hide it, and nobody would learn.
  if (claimsToBeOfTheSystem(value, usernamePrefix))
    throw new StatusError('Forbidden', `the token's ${usernameClaim} is a name that no issuer may hand out`, {
      cause: new Error(`the claim ${usernameClaim} ${problem ?? 'is reserved'}`),
    })
  if (problem !== undefined) throw unauthorized(`the claim ${usernameClaim} ${problem}`)
  // As kube-apiserver: a claim that is not there says nothing, one that is there must be true.
  if (usernameClaim === 'email' && Object.hasOwn(claims, 'email_verified') && findClaim(claims, 'email_verified') !== true)
    throw unauthorized('the claim email_verified is not true')
  return `${usernamePrefix}${value}`
}

/** One session for one subject of one issuer: a renewed token carries on with it. */
export function sessionOf(issuer: string, username: string): string {
  return createHash('sha256').update(`${issuer}\0${username}`).digest('hex').slice(0, 32)
}

/**
 * The caller that verified claims describe, read as kube-apiserver reads them. The issuer's prefixes are always put on, so two issuers
 * never share a name.
 * @throws StatusError Unauthorized when there is no usable user name, Forbidden when it is one of the system's
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
