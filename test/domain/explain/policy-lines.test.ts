import { expect, it } from 'vitest'
import { boundLines, breakGlassLines, maskingLines, notificationLines } from '../../../domain/explain/policy-lines.ts'
import { windowLines } from '../../../domain/explain/window-lines.ts'
import { NOW, policy } from '../builders.ts'

it('break-glass: who, for how long, and who reviews', () => {
  expect(breakGlassLines(policy('a'))).toEqual([])
  const [use = '', review = ''] = breakGlassLines(
    policy('a', { approvals: { breakGlass: { subjects: [{ kind: 'User', name: 'oidc:bot' }], maxDurationSeconds: 120, maxUses: 1 } } }),
  )
  expect(use).toBe('User oidc:bot may take access without waiting, for at most 2m and 1 use, 3 times a day, and all of them together 10 times.')
  expect(review).toContain('within 1d by somebody who may certify under this policy')
})
it('notifications: which channel is told what, and for whom', () => {
  const channels = [{ channel: 'chat' }, { channel: 'page', events: ['BreakGlass' as const], minRisk: 'High' as const, to: 'Requester' as const }]
  expect(notificationLines(policy('a', { notifications: channels }))).toEqual([
    'Channel "chat" receives Requested, Decided, for approvers.',
    'Channel "page" receives BreakGlass from risk High on, for the requester.',
  ])
})
it('masking: Secrets are always hidden, and exemptions are named', () => {
  const exempt = [{ namespace: 'shop', secret: 'db', keys: ['user'] }]
  const lines = maskingLines(policy('a', { masking: { exempt, fields: [{ resources: ['pods'], paths: ['.spec.x'] }] } }))
  expect(lines[0]).toContain('always hidden')
  expect(lines.join('\n')).toContain('Of pods (the core group), these fields are hidden: .spec.x.')
  expect(lines.join('\n')).toContain('The values of user of Secret "db" in namespace shop may show outside of it.')
})
it('bounds: only those that a policy sets, besides the defaults', () => {
  expect(boundLines(policy('a'))).toEqual(['One requester has at most 30 undecided requests, and makes at most 120 in an hour.'])
  const lines = boundLines(policy('a', { requests: { idleSeconds: 300, maxUsesByClass: { delete: 1 } }, hold: { timeoutSeconds: 60 } }))
  expect(lines.join('\n')).toMatch(/waits 1m .*\n.*not used for 5m.*\n.*1 of class delete/)
})
it('windows: a policy with a window that cannot be read is closed, and says which', () => {
  const windows = [{ name: 'odd', timeZone: 'Nowhere/At-All' }]
  const lines = windowLines(policy('a', { approvals: { windows } }), NOW)
  expect(lines[0]).toBe('Window "odd" cannot be read, which closes the policy.')
  expect(lines.at(-1)).toMatch(/^It is closed now/)
})
