import { StatusError } from '../../domain/status-error.ts'
import type { ClaimNames } from '../../server/claims/claim-fields.ts'
import { claimedGroups, claimedUsername, UnusableClaims } from '../../server/claims/names-in-claims.ts'

/** The names that a user has at kube-apiserver. */
export type SignedInNames = { readonly username: string; readonly groups: readonly string[] }

const refused = (reason: string): StatusError =>
  new StatusError(
    'Forbidden',
    'the identity provider gave you a name or a group that the console does not accept; an admin finds the reason in the log of the console',
    {
      cause: new Error(reason),
    },
  )

/**
 * The names in the claims of an ID token, with the prefixes of the issuer. Stricter than the gateway, which leaves out reserved groups: the console
 * impersonates what it reads here, so an issuer that hands out such a group does not sign in anybody.
 * @throws StatusError Forbidden
 */
export function namesIn(claims: object, names: ClaimNames): SignedInNames & { readonly leftOut: readonly string[] } {
  try {
    const username = claimedUsername(claims, names)
    const { groups, leftOut, reserved } = claimedGroups(claims, names)
    if (reserved) throw refused(leftOut.join('; '))
    return { username, groups, leftOut }
  } catch (error) {
    if (error instanceof UnusableClaims) throw refused(error.message)
    throw error
  }
}
