import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { fakeIO, type Answers } from '../../fakes/io.ts'
import { approvedBy, requestOf } from '../requests.ts'
import { runCertify } from '../run-certify.ts'

const REQUEST = '/apis/jit.access/v1/accessrequests/ask'
const WHO: Answers = { 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:approver' } } }) }
const operation = { method: 'DELETE', path: '/x', digest: 'a'.repeat(64), planReaders: 'Approvers', dryRun: 'Changed' } as const
const hidden = requestOf({ spec: { operation, rules: [] } })
const withPlan = requestOf({ spec: { operation: { ...operation, diff: '-  plan: board' }, rules: [] } })
const forbidden = (): never => {
  throw new KubectlError('Forbidden', 'no')
}

describe('a plan that only approvers may read', () => {
  it('is shown to an approver', async () => {
    const io = fakeIO({ [`GET ${REQUEST}`]: () => hidden, [`GET ${REQUEST}/plan`]: () => withPlan })
    expect(await runCertify(io, ['show', 'ask'])).toBe(0)
    expect(io.printed()).toContain('-  plan: board')
  })
  it('is explained to others', async () => {
    const io = fakeIO({ [`GET ${REQUEST}`]: () => hidden, [`GET ${REQUEST}/plan`]: forbidden })
    expect(await runCertify(io, ['show', 'ask'])).toBe(0)
    expect(io.printed()).toContain('shown to approvers only')
  })
})

describe('the approval of a truncated plan', () => {
  it.each([
    [['--unseen'], true],
    [[], undefined],
  ] as const)('sets status.unseen only with --unseen: %j', async (flags, unseen) => {
    const puts: AccessRequest[] = []
    const io = fakeIO({
      ...WHO,
      [`GET ${REQUEST}`]: () => requestOf(),
      [`PUT ${REQUEST}/approval`]: (body: AccessRequest) => {
        puts.push(body)
        return { ...body, status: { ...body.status, ...approvedBy('oidc:approver') } }
      },
      'GET /apis/jit.access/v1/accessgrants/ask': forbidden,
    })
    expect(await runCertify(io, ['approve', 'ask', '--yes', ...flags])).toBe(0)
    expect(puts.map(({ status }) => status?.unseen)).toEqual([unseen])
  })
})
