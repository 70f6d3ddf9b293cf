import type { Identity } from '../../../domain/identity.ts'
import { AGENTS_GROUP, EXTRA } from '../../../domain/api/names.ts'
import { plainTextProblem } from '../../../domain/api/plain-text.ts'
import type { User } from '../../../domain/api/rules.ts'

const isPlain = (text: string): boolean => plainTextProblem(text) === undefined

/**
 * The user as the API server authenticated it, as an object of ours keeps it. Each group and value that cannot be shown as what it is
 * is left out. No policy can name such a group, so who is kept is governed by the same policies.
 */
export function stampRequester({ username, uid, groups, extra }: Identity): User {
  const shownGroups = groups.filter(isPlain)
  const shownExtra = Object.fromEntries(
    Object.entries(extra).flatMap(([key, values]) => {
      const shown = values.filter(isPlain)
      return isPlain(key) && shown.length > 0 ? [[key, shown]] : []
    }),
  )
  return {
    username,
    ...(uid === '' ? {} : { uid }),
    ...(shownGroups.length === 0 ? {} : { groups: shownGroups }),
    ...(Object.keys(shownExtra).length === 0 ? {} : { extra: shownExtra }),
  }
}

/** Whether the gateway filed this in an agent's name. Rests on RBAC: nobody else may impersonate `userextras/jit.access/hold`. */
export function filedByGateway({ groups, extra }: Identity): boolean {
  return groups.includes(AGENTS_GROUP) && extra[EXTRA.hold]?.includes('file') === true
}

/** A ServiceAccount has one name straight at kube-apiserver and another as the gateway's agent: docs/decisions/0012. */
const ACCOUNT = /^(?:system|jit[.]access):serviceaccount:(.+)$/

/** The names that one user has, its own first. Letter by letter: what it does not own it shall not see. */
export function namesOf(username: string): readonly string[] {
  const [, account] = ACCOUNT.exec(username) ?? []
  if (account === undefined) return [username]
  return [...new Set([username, `system:serviceaccount:${account}`, `jit.access:serviceaccount:${account}`])]
}

/** One name for all the names of a user. */
export function accountOf(username: string): string {
  const [, account] = ACCOUNT.exec(username) ?? []
  return account === undefined ? username : `system:serviceaccount:${account}`
}

const nameOf = (username: string): string => accountOf(username.toLowerCase())

/**
 * Whether two users are one and the same: by name, whatever the case, or by a UID that both have; a ServiceAccount by either of its
 * names. A second name of the same human that the issuer does not tell us of is not found out.
 */
export function sameUser(
  left: { readonly username: string; readonly uid?: string },
  right: { readonly username: string; readonly uid?: string },
): boolean {
  if (nameOf(left.username) === nameOf(right.username)) return true
  return left.uid !== undefined && left.uid !== '' && left.uid === right.uid
}
