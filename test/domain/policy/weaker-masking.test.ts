import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessPolicySpec } from '../../../domain/api/access-policy.ts'
import { weakerMasking } from '../../../domain/policy/weaker-masking.ts'

type Spec = AccessPolicySpec
const agents = { kind: 'Group', name: 'oidc:agents' } as const
const robots = { kind: 'Group', name: 'oidc:robots' } as const
const exempt = [{ namespace: 'shop', secret: 'db', keys: ['user', 'host'] }]
const spec = (more: Partial<Spec> = {}): Spec => ({ subjects: [agents], ...more })
const masking = (more: NonNullable<Spec['masking']>): Spec => spec({ masking: more })

describe('masking becomes weaker by', () => {
  it.each<[string, Spec | undefined, Spec | undefined, readonly string[]]>([
    ['a new policy with an exemption', undefined, masking({ exempt }), ['spec.masking.exempt[0]']],
    ['a new policy that shows tokens', undefined, masking({ tokenPatterns: false }), ['spec.masking.tokenPatterns']],
    ['the deletion of a policy', spec(), undefined, ['spec']],
    ['an exemption', spec(), masking({ exempt }), ['spec.masking.exempt[0]']],
    [
      'one more key',
      masking({ exempt }),
      masking({ exempt: [{ namespace: 'shop', secret: 'db', keys: ['user', 'password'] }] }),
      ['spec.masking.exempt[0]'],
    ],
    [
      'the same key of another Secret',
      masking({ exempt }),
      masking({ exempt: [...exempt, { namespace: 'shop', secret: 'other', keys: ['user'] }] }),
      ['spec.masking.exempt[1]'],
    ],
    [
      'the same key in another namespace',
      masking({ exempt }),
      masking({ exempt: [{ namespace: 'prod', secret: 'db', keys: ['user'] }] }),
      ['spec.masking.exempt[0]'],
    ],
    ['tokens that are no longer hidden', masking({ tokenPatterns: true }), masking({ tokenPatterns: false }), ['spec.masking.tokenPatterns']],
    [
      'a field that is no longer hidden',
      masking({ fields: [{ resources: ['pods'], paths: ['.a', '.b'] }] }),
      masking({ fields: [{ resources: ['pods'], paths: ['.a'] }] }),
      ['spec.masking.fields'],
    ],
    [
      'a field that is hidden in fewer resources',
      masking({ fields: [{ resources: ['*'], paths: ['.a'] }] }),
      masking({ fields: [{ resources: ['pods'], paths: ['.a'] }] }),
      ['spec.masking.fields'],
    ],
    [
      'a field that is hidden in another group instead',
      masking({ fields: [{ apiGroups: ['apps'], resources: ['*'], paths: ['.a'] }] }),
      masking({ fields: [{ resources: ['*'], paths: ['.a'] }] }),
      ['spec.masking.fields'],
    ],
    [
      'a hidden field that only shares a name prefix',
      masking({ fields: [{ resources: ['pods'], paths: ['.ab'] }] }),
      masking({ fields: [{ resources: ['pods'], paths: ['.a'] }] }),
      ['spec.masking.fields'],
    ],
    ['the removal of all masking', masking({ fields: [{ resources: ['pods'], paths: ['.a'] }] }), spec(), ['spec.masking.fields']],
    ['the removal of a subject', spec({ subjects: [agents, robots] }), spec(), ['spec.subjects']],
    ['the removal of a cluster', spec(), spec({ clusters: ['here'] }), ['spec.clusters']],
    ['the Shadow mode', spec(), spec({ mode: 'Shadow' }), ['spec.mode']],
    ['an exemption for more subjects', masking({ exempt }), spec({ subjects: [agents, robots], masking: { exempt } }), ['spec.subjects']],
    [
      'an exemption in more clusters',
      spec({ clusters: ['a'], masking: { exempt } }),
      spec({ clusters: ['a', 'b'], masking: { exempt } }),
      ['spec.clusters'],
    ],
    ['an exemption that begins to be enforced', spec({ mode: 'Shadow', masking: { exempt } }), masking({ exempt }), ['spec.mode']],
  ])('%s', (_, before, after, fields) => expect(weakerMasking(before, after)).toEqual(fields))
})

describe('masking does not become weaker by', () => {
  it.each<[string, Spec | undefined, Spec | undefined]>([
    ['a new policy that shows nothing', undefined, masking({ fields: [{ resources: ['pods'], paths: ['.a'] }] })],
    ['the removal of an exemption', masking({ exempt }), spec()],
    ['the removal of an exempt key', masking({ exempt }), masking({ exempt: [{ namespace: 'shop', secret: 'db', keys: ['user'] }] })],
    [
      'splitting one entry into two',
      masking({ exempt }),
      masking({
        exempt: [
          { namespace: 'shop', secret: 'db', keys: ['host'] },
          { namespace: 'shop', secret: 'db', keys: ['user'] },
        ],
      }),
    ],
    ['hiding tokens', masking({ tokenPatterns: false }), masking({})],
    [
      'hiding a parent field',
      masking({ fields: [{ resources: ['pods'], paths: ['.a.b', '.a["c"]', '.a[*]'] }] }),
      masking({ fields: [{ apiGroups: ['*'], resources: ['*'], paths: ['.a'] }] }),
    ],
    ['adding a rule', masking({ exempt }), spec({ masking: { exempt }, rules: [{ name: 'x', effect: 'Allow' }] })],
    ['adding a subject when nothing is shown', spec(), spec({ subjects: [robots, agents] })],
  ])('%s', (_, before, after) => expect(weakerMasking(before, after)).toEqual([]))
})

const word = fc.constantFrom('a', 'b', 'c')
const specs: fc.Arbitrary<Spec> = fc.record(
  {
    subjects: fc.uniqueArray(fc.record({ kind: fc.constantFrom('User', 'Group'), name: word }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ kind, name }) => kind + name,
    }),
    clusters: fc.array(word, { maxLength: 2 }),
    mode: fc.constantFrom('Enforce', 'Shadow'),
    masking: fc.record(
      {
        exempt: fc.array(fc.record({ namespace: word, secret: word, keys: fc.array(word, { minLength: 1, maxLength: 2 }) }), { maxLength: 2 }),
        tokenPatterns: fc.boolean(),
        fields: fc.array(
          fc.record({
            resources: fc.array(fc.constantFrom('pods', '*'), { minLength: 1, maxLength: 1 }),
            paths: fc.array(fc.constantFrom('.a', '.a.b', '.b'), { minLength: 1, maxLength: 2 }),
          }),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['subjects'] },
)
const places = ({ masking: { exempt: all = [] } = {} }: Spec): readonly string[] =>
  all.flatMap(({ namespace, secret, keys }) => keys.map((key) => `${namespace}/${secret}/${key}`))

it('a write that is not weaker exempts nothing for any agent that was not exempt before', () =>
  fc.assert(
    fc.property(specs, specs, (before, after) => {
      if (weakerMasking(before, after).length > 0) return
      expect(places(before)).toEqual(expect.arrayContaining([...places(after)]))
      if (places(after).length > 0) expect(before.subjects).toEqual(expect.arrayContaining([...after.subjects]))
      expect(after.subjects).toEqual(expect.arrayContaining([...before.subjects]))
    }),
    { numRuns: 2000 },
  ))

it('an unchanged policy weakens nothing', () => fc.assert(fc.property(specs, (one) => weakerMasking(one, structuredClone(one)).length === 0)))
