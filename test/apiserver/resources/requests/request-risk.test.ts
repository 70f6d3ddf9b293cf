import { expect, it } from 'vitest'
import { riskOfRequest } from '../../../../apiserver/resources/requests/request-risk.ts'
import type { PolicyRule } from '../../../../domain/api/access-policy.ts'
import type { AccessRequestSpec } from '../../../../domain/api/access-request.ts'
import type { AccessRule } from '../../../../domain/api/rules.ts'
import { policy } from '../../../domain/builders.ts'

const riskOf = (spec: AccessRequestSpec, ...rules: readonly (readonly PolicyRule[])[]) =>
  riskOfRequest(
    { apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: 'ask' }, spec },
    rules.map((each, index) => policy(`p${index}`, { rules: each })),
  )
const patch: AccessRule = { verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] }
const critical: PolicyRule = { name: 'prod', effect: 'RequireGrant', risk: 'Critical', match: { namespaces: ['prod'] } }

it('the risk is the highest of the classification and of the rules of every policy', () => {
  expect(riskOf({ rules: [patch] })).toBe('Medium')
  expect(riskOf({ rules: [patch, { verbs: ['create'], resources: ['pods/exec'], namespaces: ['shop'] }] })).toBe('High')
  expect(riskOf({ rules: [patch] }, [], [critical])).toBe('Medium')
  expect(riskOf({ rules: [{ ...patch, namespaces: ['shop', 'prod'] }] }, [], [critical])).toBe('Critical')
  expect(riskOf({ rules: [{ ...patch, gains: ['Privileged'] }] })).toBe('Critical')
  expect(riskOf({ reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] })).toBe('High')
  expect(riskOf({ reveal: [{ namespace: 'prod', secret: 'db', keys: ['password'] }] }, [critical])).toBe('Critical')
})

it('a rule of a policy never lowers it', () => {
  expect(riskOf({ rules: [{ ...patch, verbs: ['delete'] }] }, [{ name: 'low', effect: 'RequireGrant', risk: 'Low' }])).toBe('High')
})

it.each<readonly [string, AccessRule]>([
  ['leaving out the names', { verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'] }],
  ['more than it needs', { ...patch, verbs: ['delete', 'get'], resourceNames: ['web', 'db'] }],
  ['a wildcard for the verbs', { ...patch, verbs: ['*'], resourceNames: ['db'] }],
  ['a wildcard for the groups', { ...patch, apiGroups: ['*'] }],
  ['a verb that does not exist', { ...patch, verbs: ['frobnicate'] }],
  ['more combinations than are evaluated', { ...patch, resourceNames: Array.from({ length: 64 }, (_, at) => `n${at}`), verbs: ['*'] }],
])('a requester cannot lower it by %s', (_, rule) => {
  const db: PolicyRule = { name: 'db', effect: 'RequireGrant', risk: 'Critical', match: { verbs: ['delete'], names: ['db'] } }
  expect(riskOf({ rules: [rule] }, [db])).toBe('Critical')
})
