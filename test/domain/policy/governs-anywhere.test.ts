import { describe, expect, it } from 'vitest'
import type { PolicySubject } from '../../../domain/api/access-policy.ts'
import type { Identity } from '../../../domain/identity.ts'
import { governsAnywhere } from '../../../domain/policy/governs-anywhere.ts'
import { policy } from '../builders.ts'

const user = (username: string, groups: readonly string[] = [], tokenGroups?: readonly string[]): Identity => ({
  username,
  uid: '',
  groups,
  extra: tokenGroups === undefined ? {} : { 'jit.access/groups': tokenGroups },
})
const DIRECT = 'system:serviceaccount:ci:bot'
const BEHIND = 'jit.access:serviceaccount:ci:bot'
const SUBJECTS: readonly PolicySubject[] = [
  { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
  { kind: 'User', name: DIRECT },
  { kind: 'User', name: BEHIND },
  { kind: 'Group', name: 'system:serviceaccounts:ci' },
]

describe.each(SUBJECTS)('a ServiceAccount that a policy names as $kind $name', (subject) => {
  it.each([
    ['its own user', user(DIRECT, ['system:serviceaccounts', 'system:serviceaccounts:ci'])],
    ['its own user, impersonated without groups', user(DIRECT)],
    ['the agent behind the gateway', user(BEHIND, ['jit.access:agents'])],
  ])('is governed as %s', (_, identity) => expect(governsAnywhere(policy('p', { subjects: [subject] }), identity)).toBe(true))

  it.each(['system:serviceaccount:other:bot', 'system:serviceaccount:ci:bot:x', 'system:serviceaccount:ci', 'oidc:bot'])(
    '%s is another user',
    (username) => expect(governsAnywhere(policy('p', { subjects: [subject] }), user(username))).toBe(false),
  )
})

it.each([
  ['by its user name', policy('p', { subjects: [{ kind: 'User', name: 'oidc:agent' }] }), user('oidc:agent')],
  ['by its group', policy('p'), user('oidc:agent', ['oidc:agents'])],
  ['by a group of its token behind the gateway', policy('p'), user('oidc:agent', ['jit.access:agents'], ['oidc:agents'])],
  ['in Shadow', policy('p', { mode: 'Shadow' }), user('oidc:agent', ['oidc:agents'])],
  ['in another cluster', policy('p', { clusters: ['elsewhere'] }), user('oidc:agent', ['oidc:agents'])],
])('an identity is governed %s', (_, one, identity) => expect(governsAnywhere(one, identity)).toBe(true))

it('token groups in an extra count only behind the gateway', () =>
  expect(governsAnywhere(policy('p'), user('oidc:agent', [], ['oidc:agents']))).toBe(false))
