import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asAuthenticated, isAgent, withAgentName, type Identity } from '../../domain/identity.ts'
import { isExemptIdentity } from '../../domain/policy/never-governed.ts'

const identity = (username: string, groups: readonly string[], users?: readonly string[]): Identity => ({
  username,
  uid: '',
  groups,
  extra: users === undefined ? {} : { 'jit.access/user': users },
})
const AGENTS = ['jit.access:agents', 'system:authenticated']

describe('the name of an agent', () => {
  it('is the name in the extra, for the user that all agents share', () =>
    expect(withAgentName(identity('jit.access:agent', AGENTS, ['oidc:a'])).username).toBe('oidc:a'))
  it.each<[string, Identity]>([
    ['the extra comes with another user', identity('oidc:b', AGENTS, ['oidc:a'])],
    ['the agents’ group is missing', identity('jit.access:agent', ['jit.access:elevated:p'], ['oidc:a'])],
    ['there is no extra', identity('jit.access:agent', AGENTS)],
    ['there are two names', identity('jit.access:agent', AGENTS, ['oidc:a', 'oidc:b'])],
    ['the name is empty', identity('jit.access:agent', AGENTS, [''])],
  ])('is ignored when %s', (_, given) => expect(withAgentName(given)).toEqual(given))
})

const word = fc.constantFrom('jit.access:agent', 'oidc:a', 'alice', 'system:kube-controller-manager', '')
const group = fc.constantFrom('jit.access:agents', 'jit.access:baseline:p', 'jit.access:elevated:p', 'system:masters', 'oidc:agents')
const anybody = fc.record({ username: word, groups: fc.uniqueArray(group), users: fc.option(fc.array(word, { maxLength: 2 }), { nil: undefined }) })

it('access reviews never use a name from an extra', () => {
  fc.assert(
    fc.property(anybody, ({ username, groups, users }) => {
      const authenticated = identity(username, groups, users)
      const asked = asAuthenticated(withAgentName(authenticated)).username
      expect([username, 'jit.access:agent']).toContain(asked)
      if (!isAgent(authenticated)) expect(asked).toBe(username)
    }),
  )
})

it('every identity that the gateway credential can impersonate is an agent and is governed', () => {
  fc.assert(
    fc.property(anybody, ({ groups, users }) => {
      const named = withAgentName(identity('jit.access:agent', groups, users))
      expect(isAgent(named)).toBe(true)
      expect(isExemptIdentity(named)).toBe(false)
    }),
  )
})
