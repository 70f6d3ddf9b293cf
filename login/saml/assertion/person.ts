import { problemOfName } from '../../../server/claims/name-in-claim.ts'
import { claimedGroups, UnusableClaims } from '../../../server/claims/names-in-claims.ts'
import type { SignedIn } from '../../upstream-provider.ts'
import { SamlRefused } from '../refused.ts'
import { TRANSIENT, type Facts } from './asserted-facts.ts'

/** Which attributes name a person. `name` undefined: NameID does. */
export type Mapping = { readonly name: string | undefined; readonly groups: string }

/** The person whom an assertion names, and the groups that were left out, for the log. */
export type AssertedPerson = { readonly signedIn: SignedIn; readonly leftOut: readonly string[] }

/** Entra ID writes this attribute in place of the groups of somebody in more than 150. */
const GROUPS_ELSEWHERE = 'http://schemas.microsoft.com/claims/groups.link'

/** @throws SamlRefused Name: without their groups, policies that govern one would not apply to the person */
function groupValues({ attributes }: Facts, name: string): readonly string[] {
  const values = attributes.get(name) ?? []
  if (values.length === 0 && attributes.has(GROUPS_ELSEWHERE))
    throw new SamlRefused(
      'Name',
      'the groups are not in the assertion, which says that they are elsewhere; let the identity provider send fewer groups',
    )
  return values
}

/**
 * A name or group that Kubernetes or jit-access hands out does not sign in anybody: an identity provider that says such a thing is misconfigured or hostile.
 * @throws SamlRefused Name
 */
export function personOf(facts: Facts, mapping: Mapping, upstream: string): AssertedPerson {
  const name = nameOf(facts, mapping)
  const problem = problemOfName(name, '')
  if (problem !== undefined) throw new SamlRefused('Name', `the name ${problem}`)
  const { groups, leftOut } = groupsOf(groupValues(facts, mapping.groups))
  const { nameID, nameIDFormat, sessionIndex, authenticatedAt, sessionEndsAt } = facts
  const logout = {
    nameID,
    ...(nameIDFormat === undefined ? {} : { nameIDFormat }),
    ...(sessionIndex === undefined ? {} : { sessionIndex }),
  }
  return {
    signedIn: { name, groups, upstream, authenticatedAt, ...(sessionEndsAt === undefined ? {} : { sessionEndsAt }), logout },
    leftOut,
  }
}

function nameOf({ nameID, nameIDFormat, attributes }: Facts, { name }: Mapping): string {
  if (name === undefined) {
    if (nameIDFormat === TRANSIENT) throw new SamlRefused('Name', 'the NameID is transient: it names nobody the next time; set nameAttribute')
    return nameID
  }
  const [value, ...more] = attributes.get(name) ?? []
  if (value === undefined || more.length > 0) throw new SamlRefused('Name', 'the attribute with the name does not have exactly one value')
  return value
}

function groupsOf(groups: readonly string[]): { readonly groups: readonly string[]; readonly leftOut: readonly string[] } {
  try {
    const claimed = claimedGroups({ groups }, { usernameClaim: '', groupsClaim: 'groups', usernamePrefix: '', groupsPrefix: '' })
    if (claimed.reserved) throw new SamlRefused('Name', 'a group is one that Kubernetes or jit-access hands out')
    return claimed
  } catch (error) {
    if (error instanceof UnusableClaims) throw new SamlRefused('Name', error.message)
    throw error
  }
}
