import { expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const WITHDRAWAL = 'POST /apis/jit.access/v1/accessrequests/ask/withdrawal'
const refused = (reason: string, message: string) =>
  fakeIO({
    [WITHDRAWAL]: () => {
      throw new KubectlError(reason, message)
    },
  })

it('exits with 4 for a request that was decided meanwhile', async () => {
  const io = refused('Conflict', 'Operation cannot be fulfilled on accessrequests.jit.access "ask": it is denied and can no longer be withdrawn')
  expect(await runCertify(io, ['withdraw', 'ask'])).toBe(4)
  expect(io.noted()).toBe('error: accessrequests.jit.access "ask": it is denied and can no longer be withdrawn\n')
})

it('exits with 6 for a request of another user', async () => {
  expect(await runCertify(refused('Forbidden', 'only its requester may withdraw it'), ['withdraw', 'ask'])).toBe(6)
})
