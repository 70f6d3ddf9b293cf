import { expect, it } from 'vitest'
import { checkObject } from '../../../apiserver/machinery/object.ts'
import type { RequestContext, KubeObject } from '../../../apiserver/machinery/kind.ts'
import { accessPolicies } from '../../../apiserver/resources/access-policy.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import type { PolicyRule } from '../../../domain/api/access-policy.ts'
import { ANY, type FieldType } from '../../../domain/field-type.ts'
import { conditionFields, conditionProblem } from '../../../server/conditions/cel.ts'
import { policy } from '../../domain/builders.ts'

const pods = { group: '', resource: 'pods', namespaced: true, kind: 'Pod', singular: 'pod', shortNames: ['po'], verbs: ['get'] }
const discovery = () => Promise.resolve({ resources: [pods], unknownGroups: new Set<string>() })
const kind = accessPolicies(conditionProblem, openSqliteStore(':memory:', 0), { discovery })
const user = { username: 'admin', uid: '', groups: ['system:masters'], extra: {} }
const withMatch = (match: PolicyRule['match'], labels = {}): KubeObject => ({
  ...policy('agents', { rules: [{ name: 'r', effect: 'Deny', match: match ?? {} }] }),
  metadata: { name: 'agents', labels },
})

async function write(object: KubeObject, old?: KubeObject): Promise<readonly string[]> {
  const warnings: string[] = []
  const context: RequestContext = { user, nowMs: 0, dryRun: false, auditID: 'a', warnings }
  const made = old === undefined ? await kind.strategy.create(object, context) : await kind.strategy.update(object, old, context)
  checkObject(kind, made, old)
  return warnings
}

it.each([
  ['a verb that does not exist', { verbs: ['remove'] }, 'spec.rules[0].match.verbs[0]'],
  ['a group with a version', { apiGroups: ['apps/v1'] }, 'spec.rules[0].match.apiGroups[0]'],
  ['a singular', { resources: ['pod'] }, 'spec.rules[0].match.resources[0]'],
  ['a misspelt variable', { condition: 'request.nmae == "x"' }, 'spec.rules[0].match.condition'],
  ['a condition that is not a boolean', { condition: 'request.name' }, 'spec.rules[0].match.condition'],
])('%s is refused with 422 and the field', async (_, match, field) => {
  await expect(write(withMatch(match))).rejects.toMatchObject({ code: 422, details: { causes: [{ field }] } })
})

it('a resource that may be installed later is a warning', async () => {
  expect(await write(withMatch({ resources: ['widgets'] }))).toEqual([expect.stringContaining('serves no "widgets"')])
  expect(await write(withMatch({ resources: ['pods'] }))).toEqual([])
})

it('an invalid policy of an older server accepts changes of labels and status, but not a new invalid spec', async () => {
  const old = withMatch({ verbs: ['remove'] })
  expect(await write(withMatch({ verbs: ['remove'] }, { a: 'b' }), old)).toEqual([])
  await expect(write(withMatch({ verbs: ['remove'], names: ['x'] }), old)).rejects.toMatchObject({ code: 422 })
})

it('a condition on a field that its resources lack is refused with 422, and an uncheckable one is a warning', async () => {
  const pod: FieldType = { kind: 'object', field: (name) => (name === 'spec' ? ANY : undefined) }
  const typed = { apiGroups: [''], resources: ['pods'] }
  let types: readonly FieldType[] = [pod]
  const typing = accessPolicies(conditionProblem, openSqliteStore(':memory:', 0), {
    discovery,
    fields: { typesOf: () => Promise.resolve(types), missing: conditionFields },
  })
  const warnings: string[] = []
  const create = (condition: string) =>
    typing.strategy.create(withMatch({ ...typed, condition }), { user, nowMs: 0, dryRun: false, auditID: 'a', warnings })
  await expect(create('object.sepc.hostNetwork')).rejects.toMatchObject({
    code: 422,
    details: { causes: [{ field: 'spec.rules[0].match.condition', message: expect.stringContaining('object.sepc') as string }] },
  })
  await expect(create('object.spec.hostNetwork')).resolves.toBeDefined()
  expect(warnings).toEqual([])
  types = []
  await expect(create('object.sepc.hostNetwork')).resolves.toBeDefined()
  expect(warnings).toEqual([expect.stringMatching(/^spec\.rules\[0\]\.match\.condition: .*not checked/)])
})

it('a policy is accepted if discovery fails', async () => {
  const mute = accessPolicies(conditionProblem, openSqliteStore(':memory:', 0), { discovery: () => Promise.reject(new Error('away')) })
  await expect(mute.strategy.create(withMatch({ resources: ['pod'] }), { user, nowMs: 0, dryRun: false, auditID: 'a' })).resolves.toBeDefined()
})

it('a rule that an earlier one covers is a warning, also on an update', async () => {
  const object: KubeObject = policy('agents', {
    rules: [
      { name: 'none', effect: 'Deny', match: { resources: ['pods'] } },
      { name: 'late', effect: 'Allow', match: { verbs: ['get'], resources: ['pods'] } },
    ],
  })
  const warned = [expect.stringMatching(/^spec\.rules\[1\]: rule "late" never decides .* rule "none" before it/)]
  expect(await write(object)).toEqual(warned)
  expect(await write(object, withMatch({}))).toEqual(warned)
})
