import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AccessPolicy, PolicyRule } from '../../../domain/api/access-policy.ts'
import type { Identity } from '../../../domain/identity.ts'
import { policyStatements } from '../../../domain/policy/status/policy-conditions.ts'
import { createAskPermissions } from '../../../controller/policy-status/ask-permissions.ts'
import type { PathAttributes, ResourceAttributes } from '../../../kube/subject-access-review.ts'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { policy } from '../../domain/builders.ts'

const BASELINE = 'jit.access:baseline:a'
const ELEVATED = 'jit.access:elevated:a'
const discovered = {
  resources: [
    { group: '', resource: 'nodes', namespaced: false, kind: 'Node', singular: 'node', shortNames: [], verbs: [] },
    { group: '', resource: 'pods', namespaced: true, kind: 'Pod', singular: 'pod', shortNames: [], verbs: [] },
  ],
  unknownGroups: new Set<string>(),
}

type May = (asked: ResourceAttributes, groups: readonly string[]) => boolean | Error

/** The status of a policy under the RBAC of `may`, and the users and questions of the reviews. */
async function said(of: AccessPolicy, may: May) {
  const users: Identity[] = []
  const questions: ResourceAttributes[] = []
  const allowed = async (who: Identity, asked: ResourceAttributes | PathAttributes): Promise<boolean> => {
    if ('path' in asked) throw new Error('a path')
    users.push(who)
    questions.push(asked)
    const answer = may(asked, who.groups)
    if (answer instanceof Error) throw answer
    return await Promise.resolve(answer)
  }
  let nowMs = 0
  const ask = createAskPermissions({
    authorizer: { allowed },
    evaluate: createConditionEvaluator(),
    mode: () => Promise.resolve('constrained'),
    clock: { nowMs: () => nowMs },
  })
  const permissions = await ask(of, discovered)
  const statements = policyStatements(of, {
    impersonation: { can: 'yes' },
    permissions,
    compiles: () => undefined,
    isExpensive: () => false,
    fieldFaults: [],
    discovered,
  })
  const conditions = Object.fromEntries(statements.map(({ type, status, reason }) => [type, `${status} ${reason}`]))
  const messages = Object.fromEntries(statements.map(({ type, message }) => [type, message]))
  return { users, questions, conditions, messages, again: (ms: number, next = of) => ((nowMs += ms), ask(next, discovered)) }
}

const READS = ['get', 'list', 'watch']
/** The RBAC of the sample policy: reads at any time, and writes under a grant. */
const sample: May = ({ verb, resource, subresource }, groups) =>
  (groups.includes(BASELINE) && ((READS.includes(verb) && subresource !== 'exec') || resource === 'accessrequests')) || groups.includes(ELEVATED)
const withRule = (rule: Partial<PolicyRule>): AccessPolicy => policy('a', { rules: [{ name: 'r', effect: 'RequireGrant', ...rule }] })

it('a policy with its RBAC is ready, and lists what its agents can do', async () => {
  const { conditions, messages, users } = await said(policy('a'), sample)
  expect(conditions).toMatchObject({ Ready: 'True Ready', Permitted: 'True PermittedByRBAC', Grantable: 'True WithinCeiling' })
  expect(messages['Permitted']).toContain('list pods, get pods/log')
  expect(messages['Grantable']).toContain('patch deployments.apps')
  for (const { username, groups } of users) {
    expect(username).toBe('jit.access:agent')
    expect(groups).toEqual(expect.arrayContaining(['jit.access:agents', BASELINE, 'system:authenticated']))
  }
})

it.each<readonly [what: string, may: May, ready: string, type: string]>([
  ['nothing is bound to its groups', () => false, 'False AskForbidden', 'Grantable'],
  ['agents can ask and do nothing else', ({ resource }) => resource === 'accessrequests', 'Unknown NothingPermitted', 'Permitted'],
  [
    'agents can read and ask, and no grant gives anything',
    (asked, groups) =>
      sample(
        asked,
        [BASELINE].filter((each) => groups.includes(each)),
      ),
    'Unknown NothingGrantable',
    'Grantable',
  ],
  ['agents can read and not ask', (asked, groups) => asked.resource !== 'accessrequests' && sample(asked, groups), 'False AskForbidden', 'Grantable'],
  ['RBAC cannot be asked', () => new Error('away'), 'Unknown NotAsked', 'Permitted'],
])('a policy is not ready when %s', async (_, may, ready, type) => {
  const { conditions, messages } = await said(policy('a'), may)
  expect(conditions['Ready']).toBe(ready)
  expect(conditions[type]).toBe(ready)
  if (!ready.endsWith('NotAsked')) expect(messages[type]?.split('\n').at(-1)).toBe('kubectl certify policy-rbac a | kubectl apply -f -')
})

it('counts roles that are bound in a namespace that a rule names', async () => {
  const of = withRule({ match: { apiGroups: [''], resources: ['pods'], namespaces: ['shop'], verbs: ['delete'] } })
  const { conditions } = await said(
    of,
    (asked, groups) => (asked.resource === 'accessrequests' || asked.namespace === 'shop') && sample(asked, groups),
  )
  expect(conditions).toMatchObject({ Ready: 'True Ready', Permitted: 'True PermittedByRBAC', Grantable: 'True WithinCeiling' })
})

it('reports a rule that exceeds the ceiling, with the command that extends it', async () => {
  const of = withRule({ match: { apiGroups: [''], resources: ['nodes'], verbs: ['delete'] } })
  const { conditions, messages } = await said(of, (asked, groups) => asked.resource !== 'nodes' && sample(asked, groups))
  expect(conditions).toMatchObject({ Ready: 'True Ready', Grantable: 'False BeyondCeiling' })
  expect(messages['Grantable']).toMatch(
    /delete nodes, which rules name: "r"[^]*\nkubectl certify policy-rbac a --resource=nodes \| kubectl apply -f -$/,
  )
})

it.each(['$(reboot)', 'a;reboot', "a'b", 'a\nkubectl delete namespace shop'])(
  'puts no unsafe word of a policy into a shell command: %j',
  async (resource) => {
    const of = withRule({ match: { apiGroups: [''], resources: [resource], namespaces: [resource], verbs: ['delete'] } })
    const { messages } = await said(of, (asked, groups) => asked.resource !== resource && sample(asked, groups))
    const lines = messages['Grantable']?.split('\n')
    expect(lines).toHaveLength(2)
    expect(lines?.[1]).toBe('kubectl certify policy-rbac a | kubectl apply -f -')
  },
)

it('a policy that allows nothing without a grant needs no baseline permissions', async () => {
  const { conditions } = await said(withRule({ match: {} }), (asked, groups) => asked.resource === 'accessrequests' || groups.includes(ELEVATED))
  expect(conditions).toMatchObject({ Ready: 'True Ready', Permitted: 'True NothingFree' })
})

it('is ready exactly if RBAC allows some free operation, some granted operation, and requests for access', async () => {
  const questions = ['list pods', 'get pods/log', 'list secrets', 'patch deployments', 'create pods', 'create accessrequests'] as const
  await fc.assert(
    fc.asyncProperty(fc.subarray([...questions]), fc.subarray([...questions]), async (baseline, elevated) => {
      const { conditions } = await said(policy('a'), ({ verb, resource, subresource }, groups) => {
        const asked = [`${verb} ${resource}`, ...(subresource === undefined ? [] : [subresource])].join('/')
        return baseline.some((each) => each === asked) || (groups.includes(ELEVATED) && elevated.some((each) => each === asked))
      })
      const reads = baseline.some((each) => each === 'list pods' || each === 'get pods/log' || each === 'list secrets')
      const writes = [...baseline, ...elevated].some((each) => each === 'patch deployments' || each === 'create pods')
      expect(conditions['Ready'] === 'True Ready').toBe(reads && writes && baseline.includes('create accessrequests'))
    }),
    { numRuns: 200 },
  )
})

const word = fc.constantFrom('', '*', 'a', 'pods', 'apps', 'get', 'shop')
const lists = fc.option(fc.array(word, { maxLength: 40 }), { nil: undefined })
const effects = fc.constantFrom('Allow' as const, 'RequireGrant' as const, 'RequireApproval' as const)
const rules = fc.array(
  fc.record({ verbs: lists, apiGroups: lists, resources: lists, subresources: lists, namespaces: lists, names: lists, effect: effects }),
  {
    maxLength: 12,
  },
)

it('makes a bounded number of reviews, whatever the rules', async () => {
  await fc.assert(
    fc.asyncProperty(rules, async (all) => {
      const made = all.map(({ effect, ...match }, at): PolicyRule => ({
        name: `r${at}`,
        effect,
        match: Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined)),
      }))
      expect((await said(policy('a', { rules: made }), () => false)).questions.length).toBeLessThanOrEqual(600)
    }),
    { numRuns: 50 },
  )
})

it('asks about a policy once in ten seconds, and at once after it changes', async () => {
  const { questions, again } = await said(policy('a'), sample)
  const count = questions.length
  await again(9_000)
  expect(questions.length).toBe(count)
  await again(2_000)
  expect(questions.length).toBe(2 * count)
  await again(0, { ...policy('a'), metadata: { name: 'a', generation: 7 } })
  expect(questions.length).toBe(3 * count)
})
