import { expect, it } from 'vitest'
import type { AccessPolicy, Effect } from '../../../domain/access-policy.ts'
import { EXTRA } from '../../../domain/names.ts'
import { mayKnowKeys } from '../../../gateway/dead-reveals/may-know.ts'
import type { Authorizer, ResourceAttributes } from '../../../kube/subject-access-review.ts'
import { createConditionEvaluator } from '../../../server/cel.ts'
import { policy } from '../../domain/words.ts'

const asked: ResourceAttributes[] = []
const rbac = (may: (group: string) => boolean): Authorizer => ({
  allowed: (user, question) => {
    if ('resource' in question) asked.push(question)
    return Promise.resolve(user.username === 'jit.access:agent' && user.groups.some(may))
  },
})
const reads = rbac((group) => group === 'jit.access:baseline:a')
const agent = {
  username: 'jit.access:agent',
  groups: ['jit.access:agents'],
  extra: { [EXTRA.user]: ['oidc:agent'], [EXTRA.tokenGroups]: ['oidc:agents'] },
}

const may = async (policies: readonly AccessPolicy[], authorizer = reads, requester: object = { ...agent, username: 'oidc:agent' }) =>
  await mayKnowKeys(
    {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: 'r' },
      spec: { requester: { username: '', ...requester }, reveal: [{ namespace: 'shop', secret: 'db', keys: ['x'] }] },
    },
    { policies: { list: () => policies }, authorizer, evaluate: createConditionEvaluator() },
  )
const secrets = (effect: Effect, more: object = {}) => policy('a', { rules: [{ name: 'r', effect, match: { resources: ['secrets'], ...more } }] })

it('whoever may read the Secret masked may know its keys', async () => {
  asked.length = 0
  expect(await may([policy('a')])).toBe(true)
  expect(asked).toEqual([{ verb: 'get', group: '', resource: 'secrets', namespace: 'shop', name: 'db' }])
})

const denied: readonly (readonly [what: string, policies: readonly AccessPolicy[], authorizer?: Authorizer, requester?: object])[] = [
  ['whom RBAC does not let read it', [policy('a')], rbac(() => false)],
  ['whom RBAC lets read it under a grant alone', [policy('a')], rbac((group) => group.startsWith('jit.access:elevated:'))],
  ['whom a policy denies it', [secrets('Deny')]],
  ['who needs a grant for it', [secrets('RequireGrant')]],
  ['whom one of two policies denies it', [policy('b'), secrets('Deny')]],
  ['for whom it hangs on the request', [secrets('Deny', { condition: 'request.dryRun' })]],
  ['whom no policy governs', []],
  ['who has no name', [policy('a')], reads, {}],
]
it.each(denied.map(([what, policies, authorizer, requester]) => ({ what, policies, authorizer, requester })))(
  'somebody $what may not',
  async (who) => {
    expect(await may(who.policies, who.authorizer, who.requester)).toBe(false)
  },
)
