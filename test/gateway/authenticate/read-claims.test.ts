import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { readClaims } from '../../../gateway/authenticate/read-claims.ts'
import type { IssuerConfig } from '../../../gateway/authenticate/issuer-config.ts'

const CONFIG: IssuerConfig = {
  issuer: 'https://issuer.test',
  audiences: ['jit-gateway'],
  usernamePrefix: 'oidc:',
  groupsPrefix: 'oidc:',
  usernameClaim: 'sub',
  groupsClaim: 'groups',
  algorithms: ['RS256'],
}
const AGENT: object = { sub: 'agent' }
const read = (claims: object, config: Partial<IssuerConfig> = {}) => readClaims({ ...AGENT, ...claims, exp: 1 }, { ...CONFIG, ...config })
const groupsOf = (claims: object, config: Partial<IssuerConfig> = {}): readonly string[] => read(claims, config).caller.identity.groups
const codeOf = (claims: object, config: Partial<IssuerConfig> = {}): number => {
  try {
    read(claims, config)
    return 200
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return error.code
  }
}

it('refuses an actor that would have the name of the person it acts for', () => {
  expect(codeOf({ act: { sub: 'ci' } })).toBe(401)
  expect(codeOf({ act: null })).toBe(401)
  expect(read({ act: { sub: 'ci' }, agent: 'ci' }, { usernameClaim: 'agent' }).caller.identity.username).toBe('oidc:ci')
})

describe('groups', () => {
  it.each([
    ['a list', { groups: ['a', 'b'] }, ['oidc:a', 'oidc:b']],
    ['one string', { groups: 'a' }, ['oidc:a']],
    ['an empty string', { groups: '' }, []],
    ['null', { groups: null }, []],
    ['nothing', {}, []],
    ['the same group twice', { groups: ['a', 'a'] }, ['oidc:a']],
    ['an empty list', { groups: [] }, []],
    ['null among others, an empty name for kube-apiserver', { groups: [null, 'a'] }, ['oidc:a']],
    ['a reserved name among others', { groups: ['system:masters', 'a'] }, ['oidc:a']],
    ['a name of 300 letters', { groups: ['g'.repeat(300)] }, [`oidc:${'g'.repeat(300)}`]],
    ['500 groups', { groups: Array.from({ length: 500 }, (_, at) => `g${at}`) }, Array.from({ length: 500 }, (_, at) => `oidc:g${at}`)],
  ])('%s', (_, claims, groups) => expect(groupsOf(claims)).toEqual(groups))
  it('reports ignored groups with the reason', () => {
    expect(read({ groups: ['system:masters', ' a'] }).leftOut).toEqual([expect.stringContaining('"system:masters"'), expect.stringContaining('" a"')])
    expect(read({ groups: ['a'] }).leftOut).toEqual([])
  })
  it.each([{ 0: 'a', length: 1 }, {}, 7, 0, true, false, ['a', 7], [['a']], [{ name: 'a' }], [false]])(
    'refuses %j, which is neither a string nor a list of strings, as kube-apiserver does',
    (groups) => expect(codeOf({ groups })).toBe(401),
  )
  it('refuses too many groups instead of truncating them, which would lose a policy', () =>
    expect(codeOf({ groups: Array.from({ length: 700 }, String) })).toBe(401))
})

describe('a claim is found by', () => {
  it.each([
    ['its name', 'groups', { groups: ['a'] }],
    ['a name with dots', 'realm_access.roles', { 'realm_access.roles': ['a'], realm_access: { roles: ['b'] } }],
    ['a dotted path', 'realm_access.roles', { realm_access: { roles: ['a'] } }],
    ['a name that is a URL', 'https://example.com/groups', { 'https://example.com/groups': ['a'] }],
    ['a JSON pointer', '/realm_access/roles', { realm_access: { roles: ['a'] } }],
    [
      'a JSON pointer through names with dots and slashes',
      '/https:~1~1example.com/my.client/roles',
      { 'https://example.com': { 'my.client': { roles: ['a'] } } },
    ],
  ])('%s', (_, groupsClaim, claims) => expect(groupsOf(claims, { groupsClaim })).toEqual(['oidc:a']))
  it.each(['__proto__.groups', 'constructor.name', 'realm_access..roles', 'realm_access.groups.a', 'resource_access.roles'])(
    '%s finds nothing',
    (groupsClaim) => expect(groupsOf({ realm_access: { roles: ['a'] }, resource_access: null }, { groupsClaim })).toEqual([]),
  )
  it.each(['realm_access.roles.0', '/realm_access/roles/0', 'sub.groups', '/sub/groups'])(
    '%s leads through a claim that is not an object, so the token is refused',
    (groupsClaim) => expect(codeOf({ realm_access: { roles: ['a'] } }, { groupsClaim })).toBe(401),
  )
  it('finds the user name the same way', () =>
    expect(read({ act: { name: 'bot' } }, { usernameClaim: 'act.name' }).caller.identity.username).toBe('oidc:bot'))
})

describe('an e-mail address as user name', () => {
  const usernameClaim = 'email'
  it.each([
    ['is accepted without email_verified', {}, 200],
    ['is accepted when email_verified is true', { email_verified: true }, 200],
    ['is refused when email_verified is false', { email_verified: false }, 401],
    ['is refused when email_verified is not a boolean', { email_verified: 'true' }, 401],
    ['is refused when email_verified is null', { email_verified: null }, 401],
  ])('%s', (_, more, code) => expect(codeOf({ email: 'bot@example.com', ...more }, { usernameClaim })).toBe(code))
})

describe('a user name', () => {
  it.each(['jörg@example.com', '田中', '👩‍💻', 'CN=Bot,OU=Büro,DC=example', 'می‌خواهم', 'a b'])('%s is accepted', (sub) =>
    expect(read({ sub }).caller.identity.username).toBe(`oidc:${sub}`),
  )
  it.each(['', ' a', 'a ', 'a\n', '\u0000', '\u202e', '\u200b', '\ud800', '\ue000', '\u2028', '\u0085', 7, null, undefined, ['a']])(
    '%j is refused',
    (sub) => expect(codeOf({ sub })).toBe(401),
  )
  it.each(['system:masters', 'system:node:a'])('%s is forbidden', (sub) => expect(codeOf({ sub })).toBe(403))
})

it('prefix and claim never form a name of Kubernetes or jit-access', () => {
  const reserved = fc.constantFrom(
    'system:masters',
    'system:serviceaccount:a:b',
    'jit.access:agents',
    'JIT.access:serviceaccount:a:b',
    'jit.access:baseline:p',
  )
  fc.assert(
    fc.property(reserved, fc.nat(), (name, seed) => {
      const cut = seed % name.length
      const [prefix, rest] = [name.slice(0, cut), name.slice(cut)]
      expect(codeOf({ sub: rest }, { usernamePrefix: prefix })).toBe(403)
      expect(groupsOf({ groups: [rest] }, { groupsPrefix: prefix })).toEqual([])
    }),
  )
})

it('every given group is either used with its prefix or reported as ignored', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 4 }), (groups) => {
      const { caller, leftOut } = read({ groups })
      const kept = new Set(caller.identity.groups)
      expect(leftOut).toHaveLength(groups.filter((group) => !kept.has(`oidc:${group}`)).length)
      for (const group of kept) expect(groups).toContain(group.slice('oidc:'.length))
    }),
  )
})
