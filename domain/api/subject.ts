import { serviceAccountAgent, serviceAccountUser } from './names.ts'
import type { Of } from './schema.ts'

export const subjectSchema = {
  type: 'object',
  description: 'A subject as RBAC names it.',
  required: ['kind', 'name'],
  properties: {
    kind: { type: 'string', enum: ['User', 'Group', 'ServiceAccount'], description: 'Kind of the subject. Required.' },
    name: {
      type: 'string',
      description: 'Name of the subject. Users and groups of a token issuer include the prefix of the issuer. Required.',
      minLength: 1,
      maxLength: 1024,
    },
    namespace: { type: 'string', description: 'Namespace of a ServiceAccount; required there, refused elsewhere.', maxLength: 63 },
  },
} as const

/** A user, a group or a ServiceAccount. */
export type Subject = Of<typeof subjectSchema>

/** `User oidc:bot`, or `ServiceAccount ci/bot`. */
export const formatSubject = ({ kind, name, namespace }: Subject): string => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

/** Matches the user name of a ServiceAccount at kube-apiserver, and the name that the gateway gives to it. */
const isServiceAccount = (username: string, namespace: string, name: string): boolean =>
  username === serviceAccountUser(namespace, name) || username === serviceAccountAgent(namespace, name)

/** Whether a subject names an identity, as RBAC compares them: exactly. */
export function namesIdentity(
  subject: Subject,
  { username, groups = [] }: { readonly username: string; readonly groups?: readonly string[] },
): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === username
    case 'Group':
      return groups.includes(subject.name)
    case 'ServiceAccount':
      return subject.namespace !== undefined && isServiceAccount(username, subject.namespace, subject.name)
  }
}

/** The user name of a subject at kube-apiserver; undefined for a group. */
export function usernameOf({ kind, name, namespace }: Subject): string | undefined {
  if (kind === 'Group') return undefined
  return kind === 'User' ? name : serviceAccountUser(namespace ?? '', name)
}

const DIRECT = serviceAccountUser('', '').slice(0, -1)
const BEHIND_GATEWAY = serviceAccountAgent('', '').slice(0, -1)

/** Namespace and name of a ServiceAccount, from either of its user names (docs/decisions/0012). Undefined for any other user. */
export function accountNamed(username: string): readonly [namespace: string, name: string] | undefined {
  const prefix = [DIRECT, BEHIND_GATEWAY].find((each) => username.startsWith(each))
  const [namespace, name, ...more] = prefix === undefined ? [] : username.slice(prefix.length).split(':')
  return namespace === undefined || name === undefined || more.length > 0 ? undefined : [namespace, name]
}

/** The subject that names a user: the reverse of {@link usernameOf}. */
export function subjectOf(username: string): Subject {
  const account = accountNamed(username)
  return account === undefined ? { kind: 'User', name: username } : { kind: 'ServiceAccount', namespace: account[0], name: account[1] }
}
