import { describe, expect, it } from 'vitest'
import { namesIn } from '../../../console/sign-in/signed-in-names.ts'
import { StatusError } from '../../../domain/status-error.ts'

const NAMES = { usernameClaim: 'sub', groupsClaim: 'groups', usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
const names = (claims: object, more: Partial<typeof NAMES> = {}) => namesIn(claims, { ...NAMES, ...more })

it('have the prefixes of the issuer', () =>
  expect(names({ sub: 'alice', groups: ['a', 'b'] })).toEqual({ username: 'oidc:alice', groups: ['oidc:a', 'oidc:b'], leftOut: [] }))
it('come from the claims that the configuration names', () =>
  expect(names({ email: 'a@b.test', realm: { roles: 'x' } }, { usernameClaim: 'email', groupsClaim: 'realm.roles' })).toMatchObject({
    username: 'oidc:a@b.test',
    groups: ['oidc:x'],
  }))
it('leave out groups that no policy can name', () =>
  expect(names({ sub: 'alice', groups: ['a', ' b', 'c\u202e'] })).toMatchObject({
    groups: ['oidc:a'],
    leftOut: [{}, {}].map(() => expect.any(String) as unknown),
  }))

describe('nobody is signed in by', () => {
  it.each<[string, object, Partial<typeof NAMES>?]>([
    ['no name', {}],
    ['an empty name', { sub: '' }],
    ['a name that is not text', { sub: { toString: () => 'x' } }],
    ['a name with a line feed', { sub: 'a\nimpersonate-group: system:masters' }],
    ['a user of Kubernetes', { sub: 'system:admin' }],
    ['a group of Kubernetes', { sub: 'alice', groups: ['system:masters'] }],
    ['one group of Kubernetes among hundreds', { sub: 'alice', groups: [...Array.from({ length: 300 }, String), 'system:nodes'] }],
    ['a single group of Kubernetes', { sub: 'alice', groups: 'system:masters' }],
    ['a user of jit-access', { sub: 'access:agent' }, { usernamePrefix: 'jit.' }],
    ['a group of jit-access', { sub: 'alice', groups: ['access:agents'] }, { groupsPrefix: 'Jit.' }],
    ['too many groups', { sub: 'alice', groups: Array.from({ length: 601 }, String) }],
    ['groups that are neither text nor a list', { sub: 'alice', groups: { a: true } }],
    ['a group that is not text', { sub: 'alice', groups: ['a', 7] }],
    ['an address that is not verified', { email: 'a@b.test', email_verified: false }, { usernameClaim: 'email' }],
  ])('%s', (_title, claims, more = {}) => {
    expect(() => names(claims, more)).toThrow(StatusError)
  })
})
