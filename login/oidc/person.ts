import { claimedGroups, claimedUsername, UnusableClaims } from '../../server/claims/names-in-claims.ts'
import { OIDC_DEFAULTS, type OidcConfig } from './config.ts'
import { OidcRefused } from './refused.ts'

/** `leftOut`: groups that were ignored, with the reasons, for the log. */
export type OidcNames = { readonly name: string; readonly groups: readonly string[]; readonly leftOut: readonly string[] }

/**
 * Whom an ID token names, without the prefix of the upstream. A name or group that Kubernetes or jit-access hands out does not sign in anybody: a provider that says
 * such a thing is misconfigured or hostile.
 * @throws OidcRefused Name
 */
export function namesIn(claims: object, config: Pick<OidcConfig, 'nameClaim' | 'groupsClaim'>): OidcNames {
  const { nameClaim, groupsClaim } = { ...OIDC_DEFAULTS, ...config }
  const names = { usernameClaim: nameClaim, groupsClaim, usernamePrefix: '', groupsPrefix: '' }
  try {
    const name = claimedUsername(claims, names)
    const { groups, leftOut, reserved } = claimedGroups(claims, names)
    if (reserved) throw new OidcRefused('Name', 'a group is one that Kubernetes or jit-access hands out')
    return { name, groups, leftOut }
  } catch (error) {
    if (error instanceof UnusableClaims) throw new OidcRefused('Name', error.message)
    throw error
  }
}
