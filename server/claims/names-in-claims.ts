import { isObject } from '../../domain/is-object.ts'
import type { ClaimNames } from './claim-fields.ts'
import { findClaim } from './find-claim.ts'
import { claimsToBeOfTheSystem, problemOfName } from './name-in-claim.ts'

/** Each group takes one header line to kube-apiserver and from there to the servers of jit-access, which accept 64 KiB of headers. */
const MAX_GROUPS = 600
/** Number of ignored groups that the log names. */
const MAX_REASONS = 5

/** Claims that name no user. `reserved`: the name is one that no issuer may hand out. The message names the claim, and not its value. */
export class UnusableClaims extends Error {
  readonly reserved: boolean
  constructor(message: string, { reserved = false }: { readonly reserved?: boolean } = {}) {
    super(message)
    this.name = 'UnusableClaims'
    this.reserved = reserved
  }
}

/** Groups with their prefix. `leftOut`: the claims that were ignored with the reasons, for the log. `reserved`: whether one of them is reserved. */
export type ClaimedGroups = { readonly groups: readonly string[]; readonly leftOut: readonly string[]; readonly reserved: boolean }

const shown = (group: string): string => JSON.stringify(group.slice(0, 80))

/** Whether an issuer says that there are groups, and that they are elsewhere: for somebody in more than 200, Entra ID does. OpenID Connect Core 1.0, section 5.6.2. */
function areElsewhere(claims: object, groupsClaim: string): boolean {
  const names = findClaim(claims, '_claim_names')
  if (isObject(names) && Object.hasOwn(names, groupsClaim)) return true
  return groupsClaim === 'groups' && [true, 'true'].includes(findClaim(claims, 'hasgroups') as boolean | string)
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** @throws UnusableClaims as for too many groups: without them, policies that govern one would not apply */
function noGroups(claims: object, groupsClaim: string): ClaimedGroups {
  if (!areElsewhere(claims, groupsClaim)) return { groups: [], leftOut: [], reserved: false }
  throw new UnusableClaims(
    `${groupsClaim} is not in the token, which says that the groups are elsewhere; let the provider put fewer groups into the token, for example those of the application alone`,
  )
}

/**
 * The groups as they are given. kube-apiserver reads a null in the list as an empty name.
 * @throws UnusableClaims for anything but a string or a list of strings: a policy that governs a group in it would not apply
 */
function givenGroups(value: unknown, groupsClaim: string): readonly string[] {
  if (typeof value === 'string') return [value]
  const list = Array.isArray(value) ? (value as readonly unknown[]).map((group) => group ?? '') : undefined
  if (list === undefined || !list.every((group) => typeof group === 'string'))
    throw new UnusableClaims(`the claim ${groupsClaim} is neither a string nor a list of strings`)
  return list
}

/**
 * Accepts a list of strings or one string, as kube-apiserver does. Ignores groups with unusable names: no policy can name them.
 * @throws UnusableClaims for too many groups, for groups that are not in the token, and for a claim that is neither a string nor a list of strings
 */
export function claimedGroups(claims: object, { groupsClaim, groupsPrefix }: ClaimNames): ClaimedGroups {
  const value = findClaim(claims, groupsClaim)
  if (isEmpty(value)) return noGroups(claims, groupsClaim)
  const given = givenGroups(value, groupsClaim)
  // Not truncated: a policy that governs a dropped group would not apply, and what it denies would be allowed.
  if (given.length > MAX_GROUPS) throw new UnusableClaims(`${groupsClaim} holds ${given.length} groups; ${MAX_GROUPS} are accepted`)
  const groups = new Set<string>()
  const leftOut: string[] = []
  for (const group of given) {
    const problem = problemOfName(group, groupsPrefix)
    if (problem === undefined) groups.add(`${groupsPrefix}${group}`)
    else leftOut.push(`${groupsClaim}: ${shown(group)} ${problem}`)
  }
  const reserved = given.some((group) => claimsToBeOfTheSystem(group, groupsPrefix))
  const more = leftOut.length - MAX_REASONS
  return { groups: [...groups], leftOut: more > 0 ? [...leftOut.slice(0, MAX_REASONS), `and ${more} more`] : leftOut, reserved }
}

/** The user name with its prefix, by the rules of kube-apiserver. @throws UnusableClaims */
export function claimedUsername(claims: object, { usernameClaim, usernamePrefix }: ClaimNames): string {
  const value = findClaim(claims, usernameClaim)
  if (value === undefined || value === null) throw new UnusableClaims(`the claim ${usernameClaim} is missing`)
  if (typeof value !== 'string') throw new UnusableClaims(`the claim ${usernameClaim} is not a string`)
  const problem = problemOfName(value, usernamePrefix)
  // An issuer that issues such names is misconfigured or hostile. The prefix would make the name harmless and hide that.
  if (claimsToBeOfTheSystem(value, usernamePrefix))
    throw new UnusableClaims(`the claim ${usernameClaim} ${problem ?? 'is reserved'}`, { reserved: true })
  if (problem !== undefined) throw new UnusableClaims(`the claim ${usernameClaim} ${problem}`)
  // As in kube-apiserver: the claim may be absent, but if it is present it must be true.
  if (usernameClaim === 'email' && Object.hasOwn(claims, 'email_verified') && findClaim(claims, 'email_verified') !== true)
    throw new UnusableClaims('the claim email_verified is not true')
  return `${usernamePrefix}${value}`
}
