import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect, PolicyRule } from '../../../domain/api/access-policy.ts'
import { withGains } from '../../../domain/classify/classify.ts'
import { GAIN_KINDS } from '../../../domain/api/gain.ts'
import { isRulesSubset } from '../../../domain/grant/rule-subset.ts'
import { ruleCovers } from '../../../domain/grant/rule-covers.ts'
import { decide } from '../../../domain/policy/decide.ts'
import { AGENT, asked, policy } from '../builders.ts'

const PATCH = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web'
const effectFor = (rules: readonly PolicyRule[], gains: readonly string[], line = PATCH): string | undefined =>
  decide({ classified: withGains(asked(line), gains), identity: AGENT, policies: [policy('agents', { rules })], evaluate: () => true })?.effect
const rule = (effect: Effect, match: NonNullable<PolicyRule['match']>): PolicyRule => ({ name: `r-${effect}`, match, effect })

describe('a write that gains power', () => {
  it('needs an approval unless a rule names its gains', () => {
    expect(effectFor([], [])).toBe('RequireGrant')
    expect(effectFor([], ['Privileged'])).toBe('RequireApproval')
    expect(effectFor([rule('Allow', { resources: ['deployments'] })], [])).toBe('Allow')
    for (const effect of ['Allow', 'RequireGrant'] as const) {
      expect(effectFor([rule(effect, { resources: ['deployments'] })], ['Privileged'])).toBe('RequireApproval')
      expect(effectFor([rule(effect, { resources: ['deployments'], gains: ['Secret'] })], ['Privileged', 'Secret=db'])).toBe('RequireApproval')
      expect(effectFor([rule(effect, { resources: ['deployments'], gains: ['Secret'] })], ['Secret=db', 'Secret=db2:k'])).toBe('RequireGrant')
      expect(effectFor([rule(effect, { gains: ['*'] })], ['Privileged', 'Secret=db'])).toBe('RequireGrant')
      expect(effectFor([rule(effect, { gains: ['Secret=db'] })], ['Secret=other'])).toBe('RequireApproval')
    }
  })
  it('is denied by a rule at any position that names one of its gains', () => {
    const deny = rule('Deny', { gains: ['Privileged'] })
    expect(effectFor([rule('Allow', { gains: ['Secret'] }), deny], ['Privileged', 'Secret=db'])).toBe('Deny')
    expect(effectFor([rule('RequireApproval', { gains: ['Secret'] }), deny], ['Privileged', 'Secret=db'])).toBe('Deny')
    expect(effectFor([deny], ['Secret=db'])).toBe('RequireApproval')
    expect(effectFor([deny], [])).toBe('RequireGrant')
    expect(effectFor([rule('Deny', { resources: ['deployments'] })], ['Secret=db'])).toBe('Deny')
  })
  it('alone matches a rule with gains: ordinary writes and reads do not', () => {
    expect(effectFor([rule('Allow', { gains: ['*'] })], [])).toBe('RequireGrant')
    expect(effectFor([rule('Deny', { gains: ['*'] })], [], 'GET /api/v1/namespaces/shop/pods/p')).toBe('Allow')
  })
  it('needs a rule for both when it adds a debug container with power', () => {
    const debug = 'PATCH /api/v1/namespaces/shop/pods/p/ephemeralcontainers'
    const plain = rule('RequireGrant', { apiGroups: [''], resources: ['pods'], subresources: ['ephemeralcontainers'] })
    expect(effectFor([plain], [], debug)).toBe('RequireGrant')
    expect(effectFor([plain], ['Privileged'], debug)).toBe('RequireApproval')
    expect(effectFor([rule('RequireGrant', { ...plain.match, gains: ['Privileged'] })], ['Privileged'], debug)).toBe('RequireGrant')
  })
  it('is never less strict than the same write without the gain', () => {
    const STRICT: readonly string[] = ['Allow', 'RequireGrant', 'RequireApproval', 'Deny']
    const gain = fc.constantFrom(...Object.keys(GAIN_KINDS), 'Secret=db', 'Secret=db:key', 'Capability=CHOWN')
    const match = fc.record({ gains: fc.array(gain, { minLength: 1, maxLength: 3 }), resources: fc.constant(['deployments']) }, { requiredKeys: [] })
    const effect = fc.constantFrom<Effect>('Allow', 'RequireGrant', 'RequireApproval', 'Deny')
    // Rules with gains can loosen only to requiring a grant; all others apply to both writes.
    fc.assert(
      fc.property(fc.array(fc.tuple(effect, match), { maxLength: 4 }), fc.array(gain, { minLength: 1, maxLength: 3 }), (made, gains) => {
        const rules = made.map(([each, of]) => rule(each, of))
        const gained = STRICT.indexOf(effectFor(rules, gains) ?? '')
        expect(gained).toBeGreaterThanOrEqual(STRICT.indexOf('RequireGrant'))
        const unnamed = made.filter(([, { gains: names }]) => names === undefined).map(([each, of]) => rule(each, of))
        expect(STRICT.indexOf(effectFor(unnamed, gains) ?? '')).toBeGreaterThanOrEqual(Math.max(2, STRICT.indexOf(effectFor(unnamed, []) ?? '')))
      }),
    )
  })
})

const base = { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }
const within = (narrow: string[] | undefined, wide: string[] | undefined): boolean =>
  isRulesSubset([narrow === undefined ? base : { ...base, gains: narrow }], [wide === undefined ? base : { ...base, gains: wide }])

const covers = (gains: string[] | undefined, gained: readonly string[]): boolean =>
  ruleCovers(gains === undefined ? base : { ...base, gains }, withGains(asked(PATCH), gained))

describe('a rule of a grant', () => {
  it('covers only the powers that it names', () => {
    expect(covers(undefined, [])).toBe(true)
    expect(covers(undefined, ['Secret=db'])).toBe(false)
    expect(covers(['Secret'], ['Secret=db', 'Secret=db2'])).toBe(true)
    expect(covers(['Secret=db'], ['Secret=db:key'])).toBe(true)
    expect(covers(['Secret=db'], ['Secret=db2'])).toBe(false)
    expect(covers(['Secret=db:key'], ['Secret=db'])).toBe(false)
    expect(covers(['Secret=db'], ['Secret'])).toBe(false)
    expect(covers(['Secret=db'], ['Privileged'])).toBe(false)
    expect(covers(['Secret=db'], [])).toBe(true)
  })
  it('can be narrowed to fewer powers, never to more', () => {
    expect(within(undefined, ['Secret'])).toBe(true)
    expect(within(['Secret=db'], ['Secret'])).toBe(true)
    expect(within(['Secret'], ['Secret=db'])).toBe(false)
    expect(within(['Secret'], undefined)).toBe(false)
  })
})
