import { expect, it } from 'vitest'
import { outcomeOf } from '../../../cli/format/outcome.ts'
import { nowMs } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'

it.each(['Approved', 'Denied', 'Withdrawn'])('a request that is %s without a message says nothing of the program that decided', (type) => {
  const { line } = outcomeOf(requestOf({ status: { conditions: [{ type, status: 'True', reason: 'KubectlCertify' }] } }), nowMs)
  expect(line).toContain(type.toLowerCase())
  expect(line).not.toContain('KubectlCertify')
})
it('a request that failed says why', () => {
  const { line } = outcomeOf(requestOf({ status: { conditions: [{ type: 'Failed', status: 'True', reason: 'PolicyGone' }] } }), nowMs)
  expect(line).toContain('failed: PolicyGone')
})
