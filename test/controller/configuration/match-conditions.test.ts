import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicySubject } from '../../../domain/api/access-policy.ts'
import { isAgent, type Identity } from '../../../domain/identity.ts'
import { governs } from '../../../domain/policy/governs.ts'
import { celString } from '../../../domain/policy/governed-expression.ts'
import { matchConditionsFor } from '../../../controller/configuration/match-conditions.ts'
import { AGENTS_CEL, isExemptIdentity } from '../../../domain/policy/never-governed.ts'
import { policy } from '../../domain/builders.ts'

const user = (username: string, ...groups: string[]): Identity => ({ username, uid: '', groups, extra: {} })

const cel = new Environment({ unlistedVariablesAreDyn: false }).registerVariable('request', 'map')
/** Whether kube-apiserver would call the webhook for a user. */
function asksAbout(expression: string, { username, groups }: Identity): boolean {
  return cel.parse(expression)({ request: { userInfo: { username, ...(groups.length === 0 ? {} : { groups }) } } }) === true
}
const expressionFor = (subjects: readonly PolicySubject[]): string => matchConditionsFor([policy('p', { subjects })]).conditions[0]?.expression ?? ''

describe('the match condition', () => {
  it('matches only the agents of the gateway without a policy', () =>
    expect(matchConditionsFor([])).toEqual({
      conditions: [{ name: 'governed', expression: AGENTS_CEL }],
      names: { users: [], groups: [] },
      exempt: [],
    }))
  it('names users, groups and ServiceAccounts, sorted and without duplicates', () => {
    const subjects: PolicySubject[] = [
      { kind: 'Group', name: 'oidc:agents' },
      { kind: 'User', name: 'oidc:b' },
      { kind: 'User', name: 'oidc:a' },
      { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
    ]
    const { conditions } = matchConditionsFor([policy('p', { subjects }), policy('q', { subjects })])
    expect(conditions).toEqual(matchConditionsFor([policy('q', { subjects: subjects.toReversed() })]).conditions)
    expect(conditions[0]?.expression).toContain("request.userInfo.username in ['oidc:a', 'oidc:b', 'system:serviceaccount:ci:bot']")
    expect(conditions[0]?.expression).toContain("g in ['oidc:agents']")
  })
  it('does not include a policy for other clusters', () => {
    const elsewhere = policy('p', { clusters: ['east'] })
    expect(matchConditionsFor([elsewhere]).conditions[0]?.expression).toBe(AGENTS_CEL)
    expect(matchConditionsFor([elsewhere], 'east').conditions[0]?.expression).not.toBe(AGENTS_CEL)
  })
  it('can be evaluated for a user without groups', () => {
    const expression = expressionFor([{ kind: 'Group', name: 'oidc:agents' }])
    expect(asksAbout(expression, user('oidc:lone'))).toBe(false)
    expect(asksAbout(expression, user('oidc:agent', 'oidc:agents'))).toBe(true)
  })
})

describe('a subject whose refusal would break the cluster', () => {
  const subjects: PolicySubject[] = [
    { kind: 'Group', name: 'system:masters' },
    { kind: 'Group', name: 'system:serviceaccounts' },
    { kind: 'Group', name: 'system:serviceaccounts:kube-system' },
    { kind: 'User', name: 'system:kube-scheduler' },
    { kind: 'ServiceAccount', namespace: 'jit-system', name: 'jit-webhook' },
  ]
  it('is exempt and reported', () => {
    const { conditions, exempt } = matchConditionsFor([policy('wide', { subjects })])
    expect(conditions[0]?.expression).toBe(AGENTS_CEL)
    expect(exempt).toEqual(subjects.map((subject) => ({ policy: 'wide', subject })))
  })
  it('is exempt even if another of its groups is named', () => {
    const expression = expressionFor([{ kind: 'Group', name: 'everyone' }])
    for (const name of [
      'system:apiserver',
      'system:node:n1',
      'system:serviceaccount:kube-system:job-controller',
      'system:serviceaccount:jit-system:jit-apiserver',
    ])
      expect(asksAbout(expression, user(name, 'everyone'))).toBe(false)
    expect(asksAbout(expression, user('admin', 'everyone', 'system:masters'))).toBe(false)
    expect(asksAbout(expression, user('system:serviceaccount:shop:web', 'everyone'))).toBe(true)
  })
})

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.constantFrom("'] || true || 'a' in ['", "\\'", '\n', '${x}', "'''", '\u{1F600}'),
)

it('no name can end a literal or change the meaning of the expression', () => {
  fc.assert(
    fc.property(name, name, (named, asked) => {
      expect(cel.parse(`${celString(named)} == ${celString(named)}`)({ request: {} })).toBe(true)
      const expression = expressionFor([{ kind: 'User', name: `oidc:${named}` }])
      expect(asksAbout(expression, user(`oidc:${named}`))).toBe(true)
      expect(asksAbout(expression, user(`oidc:${asked}`))).toBe(asked === named)
    }),
  )
})

it('kube-apiserver calls the webhook for exactly the governed users, except exempt ones', () => {
  const word = fc.constantFrom(
    'jit.access:agent',
    'oidc:a',
    'oidc:b',
    'system:masters',
    'system:kube-proxy',
    'system:serviceaccount:ci:bot',
    'system:serviceaccount:kube-system:x',
  )
  const group = fc.constantFrom(
    'oidc:agents',
    'oidc:others',
    'system:masters',
    'jit.access:agents',
    'jit.access:elevated:p',
    'system:serviceaccounts:ci',
    'system:serviceaccounts',
  )
  const subject = fc.oneof(
    word.map((is): PolicySubject => ({ kind: 'User', name: is })),
    group.map((is): PolicySubject => ({ kind: 'Group', name: is })),
  )
  fc.assert(
    fc.property(fc.array(subject, { minLength: 1, maxLength: 4 }), word, fc.uniqueArray(group, { maxLength: 3 }), (subjects, username, groups) => {
      const identity = user(username, ...groups)
      const asked = asksAbout(expressionFor(subjects), identity)
      if (asked) expect(isAgent(identity) || governs(policy('p', { subjects }), identity)).toBe(true)
      if (asked) expect(isExemptIdentity(identity)).toBe(false)
      if (isAgent(identity)) expect(asked).toBe(true)
      const ordinary = subjects.filter(({ name: is }) => !is.startsWith('system:'))
      if (
        !username.startsWith('system:') &&
        !groups.includes('system:masters') &&
        ordinary.length > 0 &&
        governs(policy('p', { subjects: ordinary }), identity)
      )
        expect(asked).toBe(true)
    }),
  )
})
