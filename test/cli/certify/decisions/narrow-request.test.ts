import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CERTIFY_FLAGS } from '../../../../cli/certify/flags.ts'
import { CommandError } from '../../../../cli/terminal/exit-code.ts'
import { narrowedOf } from '../../../../cli/certify/decisions/narrow-request.ts'
import { parseFlags } from '../../../../cli/terminal/parse-flags.ts'
import { isRulesSubset } from '../../../../domain/grant/rule-subset.ts'
import type { AccessRule } from '../../../../domain/api/rules.ts'
import { requestOf } from '../../requests.ts'

const narrow = (flags: readonly string[], rules: readonly AccessRule[], more = {}) =>
  narrowedOf(parseFlags(CERTIFY_FLAGS, flags), { ...requestOf().spec, rules, ...more })
const pods: AccessRule = { verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods', 'pods/log'], namespaces: ['shop', 'billing'] }
const scale: AccessRule = {
  verbs: ['patch'],
  apiGroups: ['apps'],
  resources: ['deployments/scale'],
  namespaces: ['shop'],
  resourceNames: ['web', 'api'],
}

const some = (words: readonly string[]) => fc.subarray([...words], { minLength: 1 })

describe('an approval is narrowed', () => {
  it('only by flags', () => expect(narrow([], [pods])).toBeUndefined())
  it('to less time and fewer uses', () => expect(narrow(['--duration=5m', '--uses=1'], [pods])).toEqual({ durationSeconds: 300, maxUses: 1 }))
  it('to one verb, resource and namespace, and to names when every name was requested', () =>
    expect(narrow(['--verb=get', '--resource=pods/log', '-n', 'shop', '--name=web-0'], [pods, scale])).toEqual({
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods/log'], namespaces: ['shop'], resourceNames: ['web-0'] }],
    }))
  it('to a resource given with its group', () =>
    expect(narrow(['--resource=deployments.apps/scale', '--name=api'], [pods, scale])).toEqual({ rules: [{ ...scale, resourceNames: ['api'] }] }))
  it('from any verb to one', () => expect(narrow(['--verb=get'], [{ ...pods, verbs: ['*'] }])).toEqual({ rules: [{ ...pods, verbs: ['get'] }] }))
  it('to exclude cluster-scoped resources when a namespace is given', () =>
    expect(narrow(['-n', 'shop'], [{ verbs: ['get'], resources: ['nodes'] }, scale])).toEqual({ rules: [scale] }))
})

describe('an approval never gives more than was requested', () => {
  it.each([
    [['--duration=11m'], /longer than the 10m that can be approved/],
    [['--uses=3'], /more than the 2 that can be approved/],
    [['--verb=create'], /--verb=create is not part of the request/],
    [['--resource=secrets'], /--resource=secrets is not part of the request/],
    [['--resource=deployments.extensions/scale'], /is not part of the request/],
    [['--namespace=other'], /--namespace=other is not part of the request/],
    [['--name=other', '--verb=patch'], /together with the other flags, leaves nothing/],
    [['--verb=patch', '--resource=pods'], /--verb=patch, together with the other flags, leaves nothing/],
  ])('%j is refused', (flags, message) => {
    expect(() => narrow(flags, [pods, scale], { maxUses: 2 })).toThrow(message)
    expect(() => narrow(flags, [pods, scale], { maxUses: 2 })).toThrow(CommandError)
  })

  it.each(['--name=', '--verb=', '--resource=,', '--namespace='])(
    'a flag without a value is refused, since without the flag everything is approved: %s',
    (flag) => {
      expect(() => narrow([flag, '--duration=1m'], [pods, scale])).toThrow(/flag needs a value: --/)
      expect(() => narrow([flag, '--verb=get'], [pods, scale])).toThrow(CommandError)
    },
  )

  it('the operation of a hold cannot be narrowed', () => {
    const operation = { method: 'DELETE', path: '/x', digest: '0'.repeat(64) }
    expect(() => narrow(['--name=web'], [scale], { operation })).toThrow('one operation')
    expect(narrow(['--duration=1m'], [scale], { operation })).toEqual({ durationSeconds: 60 })
  })

  it('for any rules and flags, the narrowed rules are a subset of the requested rules', () => {
    const rule = fc.record(
      {
        verbs: some(['get', 'list', 'patch', '*']),
        apiGroups: some(['', 'apps']),
        resources: some(['pods', 'pods/log', 'deployments', 'deployments/scale']),
        namespaces: some(['shop', 'billing']),
        resourceNames: some(['web', 'api']),
      },
      { requiredKeys: ['verbs', 'resources'] },
    )
    const flag = fc.oneof(
      fc.constantFrom('get', 'list', 'create').map((word) => `--verb=${word}`),
      fc.constantFrom('pods', 'pods/log', 'deployments.apps', 'deployments.apps/scale', 'nodes').map((word) => `--resource=${word}`),
      fc.constantFrom('shop', 'other').map((word) => `--namespace=${word}`),
      fc.constantFrom('web', 'other').map((word) => `--name=${word}`),
    )
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), fc.array(flag, { minLength: 1, maxLength: 3 }), (rules, flags) => {
        let kept: readonly AccessRule[]
        try {
          kept = narrow(flags, rules)?.rules ?? rules
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError)
          return
        }
        expect(kept.length).toBeGreaterThan(0)
        expect(isRulesSubset(kept, rules)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
