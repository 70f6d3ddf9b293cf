import { expect, it } from 'vitest'
import { summaryOf } from '../../../apiserver/resources/access-summary.ts'
import { accessRuleSchema, revealSchema } from '../../../domain/api/rules.ts'
import { problems } from '../../../server/schema/problems.ts'
import type { JsonObject } from '../../../apiserver/storage/port.ts'

it('a summary names every API group of a rule', () => {
  const rules = [{ verbs: ['patch'], apiGroups: ['', 'apps', 'batch'], resources: ['jobs', 'deployments/scale'], namespaces: ['shop'] }]
  expect(summaryOf({ rules })).toBe('patch jobs,deployments/scale,jobs.apps,deployments.apps/scale,jobs.batch,deployments.batch/scale -n shop')
})

const rule: JsonObject = {
  verbs: ['get', '*'],
  apiGroups: ['', 'apps', 'rbac.authorization.k8s.io'],
  resources: ['pods/exec', 'deployments'],
  namespaces: ['shop-1'],
  resourceNames: ['system:node:a b', 'Web_1.x'],
}
it.each(['get\u001b[2K', 'x\u202e', 'a\n  State:  Approved', 'é', 'web" in namespace dev, "'])('a rule may not contain %j in any field', (word) => {
  expect(problems(accessRuleSchema, rule, 'spec')).toEqual([])
  for (const field of Object.keys(rule)) expect(problems(accessRuleSchema, { ...rule, [field]: [word] }, 'spec'), field).not.toEqual([])
  const reveal: JsonObject = { namespace: 'shop', secret: 'db.v1', keys: ['tls.key'] }
  expect(problems(revealSchema, reveal, 'spec')).toEqual([])
  for (const [field, value] of Object.entries({ namespace: word, secret: word, keys: [word] }))
    expect(problems(revealSchema, { ...reveal, [field]: value }, 'spec'), field).not.toEqual([])
})
