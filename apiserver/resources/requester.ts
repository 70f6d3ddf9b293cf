import type { Identity } from '../../domain/identity.ts'
import { AGENTS_GROUP, EXTRA } from '../../domain/names.ts'
import type { User } from '../../domain/rules.ts'

/** The user as the API server authenticated it, as an object of ours keeps it. */
export function stampRequester({ username, uid, groups, extra }: Identity): User {
  return {
    username,
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
}

/** Whether the gateway filed this in an agent's name. Rests on RBAC: nobody else may impersonate `userextras/jit.access/hold`. */
export function filedByGateway({ groups, extra }: Identity): boolean {
  return groups.includes(AGENTS_GROUP) && extra[EXTRA.hold]?.includes('file') === true
}

/**
 * Whether two users are one and the same: by name, whatever the case, or by a UID that both have. A second name of the same
 * human that the issuer does not tell us of is not found out.
 */
export function sameUser(
  left: { readonly username: string; readonly uid?: string },
  right: { readonly username: string; readonly uid?: string },
): boolean {
  if (left.username.toLowerCase() === right.username.toLowerCase()) return true
  return left.uid !== undefined && left.uid !== '' && left.uid === right.uid
}
