import { expect, it } from 'vitest'
import { formatVerdict } from '../../../cli/format/verdict.ts'
import { nowMs } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'

const approvals = {
  required: 2,
  given: 0,
  namespaces: ['shop'],
  message: 'no approver has decided; it takes 1 from group "owners" of policy "coding-agents" and 1 from any approver',
  missing: [{ count: 1, policy: 'coding-agents', groups: ['owners'], subjects: [{ kind: 'Group', name: 'oidc:owners' }] as const }, { count: 1 }],
}

it('a verdict says who could approve, how long the request waits, and what it gives', () => {
  const request = requestOf({ spec: { maxUses: 1 }, status: { risk: 'High', policies: ['coding-agents', 'all'], requiredApprovals: 2, approvals } })
  expect(formatVerdict(request, nowMs)).toBe(`  policies:  coding-agents, all
  risk:      High
  approvals: no approver has decided; it takes 1 from group "owners" of policy "coding-agents" and 1 from any approver
  approvers: users that may certify coding-agents and all in namespace shop
    of:      owners (policy coding-agents): Group oidc:owners
  waits:     up to 30m for a decision
  gives:     10m, 1 use, from the approval on
`)
})

it('a decided request has no verdict', () => {
  expect(formatVerdict(requestOf({ status: { conditions: [{ type: 'Denied', status: 'True' }] } }), nowMs)).toBe('')
})

it('a request that a rule would approve has its rule and its limits as the verdict', () => {
  const message = 'rule "logs" of policy "coding-agents" applies'
  const request = requestOf({
    status: {
      risk: 'Low',
      policies: ['coding-agents'],
      narrowed: { durationSeconds: 60 },
      conditions: [{ type: 'Approved', status: 'True', message }],
      autoApproval: { outcome: 'Approved', message },
    },
  })
  expect(formatVerdict(request, nowMs)).toBe(`  policies:  coding-agents
  risk:      Low
  approved:  at once: rule "logs" of policy "coding-agents" applies
  gives:     1m, any number of uses, at once
`)
})

it('a request that no rule would approve says why', () => {
  const autoApproval = { outcome: 'NoRule', message: 'no rule of policy "coding-agents" applies' } as const
  expect(formatVerdict(requestOf({ status: { approvals, autoApproval } }), nowMs)).toContain(
    '  automatic: no: no rule of policy "coding-agents" applies\n',
  )
})
