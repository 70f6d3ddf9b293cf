import { expect, it } from 'vitest'
import { limitLines } from '../../../domain/explain/limit-lines.ts'
import { policy } from '../builders.ts'

it('a policy that requires passkeys says for what', () => {
  const lines = limitLines(policy('a', { approvals: { passkey: { requiredFor: 'High' } } }))
  expect(lines).toContain('Each approval of risk High or higher needs a passkey of the approver.')
  expect(limitLines(policy('a')).join(' ')).not.toContain('passkey')
})
