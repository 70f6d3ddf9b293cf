import { accountOf, type Identity } from '../../../domain/identity.ts'
import { AGENTS_GROUP, EXTRA } from '../../../domain/api/names.ts'
import { plainTextProblem } from '../../../domain/api/plain-text.ts'
import type { User } from '../../../domain/api/rules.ts'

const isPlain = (text: string): boolean => plainTextProblem(text) === undefined

/**
 * The authenticated user in the form that is stored in objects. Groups and extra values that are not plain text are dropped. No policy can
 * name such a group, so the same policies govern the stored user.
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

/** A stored user as an identity. Groups that it joined or left since are not known. */
export const identityOf = ({ username, uid = '', groups = [], extra = {} }: User): Identity => ({ username, uid, groups, extra })

/** Whether the gateway created the request in an agent's name. Relies on RBAC: only the gateway may impersonate `userextras/jit.access/hold`. */
export function filedByGateway({ groups, extra }: Identity): boolean {
  return groups.includes(AGENTS_GROUP) && extra[EXTRA.hold]?.includes('file') === true
}

const SERVICE_ACCOUNT = 'system:serviceaccount:'

/** The names of one user, the given one first. Case-sensitive, since they select the objects that the user may see. */
export function namesOf(username: string): readonly string[] {
  const account = accountOf(username)
  if (!account.startsWith(SERVICE_ACCOUNT)) return [username]
  return [...new Set([username, account, `jit.access:serviceaccount:${account.slice(SERVICE_ACCOUNT.length)}`])]
}
