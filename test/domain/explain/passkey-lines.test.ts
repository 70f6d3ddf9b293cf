import { expect, it } from 'vitest'
import { limitLines } from '../../../domain/explain/limit-lines.ts'
import { policy } from '../builders.ts'

it('a policy that requires passkeys says for what', () => {
  const lines = limitLines(policy('a', { approvals: { passkey: { requiredFor: 'High' } } }), 0)
  expect(lines).toContain('Each approval of risk High or higher needs a passkey of the approver.')
  expect(limitLines(policy('a'), 0).join(' ')).not.toContain('passkey')
})
