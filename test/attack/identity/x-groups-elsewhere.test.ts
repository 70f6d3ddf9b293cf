import { describe, expect, it } from 'vitest'
import { namesIn } from '../../../console/sign-in/signed-in-names.ts'
import { readClaims } from '../../../gateway/authenticate/read-claims.ts'
import type { IssuerConfig } from '../../../gateway/authenticate/issuer-config.ts'
import { namesIn as upstreamNames } from '../../../login/oidc/person.ts'
import { personOf } from '../../../login/saml/assertion/person.ts'
import type { Facts } from '../../../login/saml/assertion/asserted-facts.ts'
import { CLAIM_DEFAULTS } from '../../../server/claims/claim-fields.ts'

/** X. Somebody whose groups cannot be read from the token. Policies that govern a group must not stop applying to them. */
const NAMES = { ...CLAIM_DEFAULTS, usernamePrefix: 'oidc:', groupsPrefix: 'oidc:' }
const LEFT_OUT: readonly (readonly [string, object])[] = [
  ['claims that are distributed', { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example.com/groups' } } }],
  ['claims that are aggregated', { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { JWT: 'e30.e30.e30' } } }],
  ['the word that there are some', { hasgroups: true }],
  ['the same word as a text', { hasgroups: 'true' }],
  ['an empty list', { groups: [], _claim_names: { groups: 'src1' } }],
  ['no value', { groups: null, _claim_names: { groups: 'src1' } }],
]
const claims = (more: object) => ({ iss: 'https://idp.example.com', sub: 'alice', exp: 1, ...more })
const issuer = { ...NAMES, issuer: 'https://idp.example.com' } as unknown as IssuerConfig

const facts = (attributes: readonly (readonly [string, readonly string[]])[]): Facts =>
  ({ nameID: 'alice', attributes: new Map(attributes) }) as unknown as Facts
const person = (given: Facts) => personOf(given, { name: undefined, groups: 'groups' }, 'corp').signedIn.groups

describe('X. groups that are neither a text nor a list of texts', () => {
  it.each([[{ a: true }], [7], [true], [['a', 7]], [[['a']]]])(
    'X430 %j as groups: the token is refused everywhere, as at kube-apiserver',
    (groups) => {
      expect(() => readClaims(claims({ groups }), issuer)).toThrow('token')
      expect(() => namesIn(claims({ groups }), NAMES)).toThrow('does not accept')
      expect(() => upstreamNames(claims({ groups }), {})).toThrow('neither a string nor a list of strings')
    },
  )
})

describe('X. groups that a token leaves out', () => {
  it.each(LEFT_OUT)('X416 with %s in their place, the token is refused everywhere', (_what, more) => {
    expect(() => readClaims(claims(more), issuer)).toThrow()
    expect(() => namesIn(claims(more), NAMES)).toThrow()
    expect(() => upstreamNames(claims(more), {})).toThrow()
  })
  it.each([
    ['no groups', {}, []],
    ['an empty list of groups', { groups: [] }, []],
    ['groups, and other claims elsewhere', { groups: ['a'], _claim_names: { address: 'src1' } }, ['oidc:a']],
    ['other claims elsewhere', { _claim_names: { address: 'src1' } }, []],
    ['the word that there are none', { hasgroups: false }, []],
  ])('a token with %s is accepted', (_what, more, groups) => {
    expect(readClaims(claims(more), issuer).caller.identity.groups).toEqual(groups)
    expect(namesIn(claims(more), NAMES).groups).toEqual(groups)
  })
  it('an assertion that leaves them out is refused', () => {
    const link = ['http://schemas.microsoft.com/claims/groups.link', ['https://graph.example.com/groups']] as const
    expect(() => person(facts([link]))).toThrow('elsewhere')
    expect(() => person(facts([['groups', []], link]))).toThrow('elsewhere')
    expect(person(facts([]))).toEqual([])
    expect(person(facts([['groups', ['a']], link]))).toEqual(['a'])
  })
})
