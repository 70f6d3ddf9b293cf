import { describe, expect, it } from 'vitest'
import { checkObject } from '../../../../apiserver/machinery/object.ts'
import { accessPolicies } from '../../../../apiserver/resources/access-policy.ts'
import { autoApproveWarnings } from '../../../../apiserver/resources/policies/auto-approve-faults.ts'
import { openSqliteStore } from '../../../../apiserver/storage/sqlite.ts'
import { conditionProblem } from '../../../../server/conditions/cel.ts'
import { automatic, type Rule } from '../auto-approve/auto-approve-rules.ts'

const kind = accessPolicies(conditionProblem, openSqliteStore(':memory:', 0))
const check = (...rules: readonly Rule[]): void => checkObject(kind, automatic('p', rules))

describe('a rule is checked when the policy is written', () => {
  it.each([
    'rules.all(r, r.verbs == ["get"]) && risk != "High"',
    'now.getHours("Europe/Berlin") >= 9 && now.getDayOfWeek("Europe/Berlin") in [1, 2, 3, 4, 5]',
    'operation == null || operation.command == ["ls"]',
    'request.maxUses != null && request.maxUses <= 5',
    'requester.extra["jit.access/issuer"] == ["https://idp"] && agent.name != "" && history.deniedLastDay < 2',
    'request.reason.matches("^[A-Z]+-[0-9]+: ")',
  ])('%s is accepted', (condition) => expect(() => check({ condition })).not.toThrow())

  it.each([
    ['a name that is not a label', { name: 'breakGlass', condition: 'true' }, 'spec.approvals.autoApprove[0].name'],
    ['an unknown variable', { condition: 'object == null' }, 'spec.approvals.autoApprove[0].condition', 'Unknown variable: object'],
    ['an unknown field', { condition: 'request.raeson == ""' }, 'spec.approvals.autoApprove[0].condition', 'No such key: raeson'],
    ['an unknown field of a rule', { condition: 'rules.all(r, r.verb == "get")' }, 'spec.approvals.autoApprove[0].condition', 'No such key: verb'],
    ['another type', { condition: 'history.approvedLastHour' }, 'spec.approvals.autoApprove[0].condition', 'gives int, not a boolean'],
    ['a broken expression', { condition: '1 +' }, 'spec.approvals.autoApprove[0].condition'],
    ['a pattern that takes forever', { condition: 'request.reason.matches("(?=a)")' }, 'spec.approvals.autoApprove[0].condition', 'RE2'],
    ['too many in an hour', { condition: 'true', perHour: 501 }, 'spec.approvals.autoApprove[0].perHour'],
  ])('%s is refused with its field', (_, rule, field, message = '') => {
    expect(() => check(rule as Rule)).toThrow(
      expect.objectContaining({
        code: 422,
        details: expect.objectContaining({
          causes: [expect.objectContaining({ field, message: expect.stringContaining(message) as string })],
        }) as object,
      }),
    )
  })

  it('a name that appears twice is refused', () => {
    expect(() => check({ condition: 'true' }, { condition: 'false' })).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({
          causes: [expect.objectContaining({ field: 'spec.approvals.autoApprove[1].name', reason: 'FieldValueDuplicate' })],
        }) as object,
      }),
    )
  })
})

const warned = (rule: Rule) => autoApproveWarnings(automatic('p', [rule], { requests: { maxDurationSeconds: 60 } }))

it('a rule that does less, or more, than it seems to is a warning', () => {
  expect(warned({ condition: 'risk == "Low"', maxDurationSeconds: 61 })).toEqual([
    expect.stringContaining('autoApprove[0].maxDurationSeconds: has no effect'),
  ])
  expect(warned({ condition: ' true ' })).toEqual([expect.stringContaining('autoApprove[0].condition: it is true for every request')])
  expect(warned({ condition: 'risk == "Low"', maxDurationSeconds: 60 })).toEqual([])
})
