import { accountOf } from './identity.ts'

const nameOf = (username: string): string => accountOf(username.toLowerCase())

/**
 * Whether two users are the same: by name, ignoring case, by UID, or by either name of a ServiceAccount. Does not detect a second account
 * of the same person.
 */
export function sameUser(
  left: { readonly username: string; readonly uid?: string },
  right: { readonly username: string; readonly uid?: string },
): boolean {
  if (nameOf(left.username) === nameOf(right.username)) return true
  return left.uid !== undefined && left.uid !== '' && left.uid === right.uid
}
