import { describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { createClaim } from '../../../gateway/grants/claim.ts'
import { statusErrorOf, type KubeCall, type KubeClient } from '../../../kube/client.ts'

function claiming(answer: () => Promise<unknown>) {
  const calls: KubeCall[] = []
  const json = (call: KubeCall): Promise<unknown> => {
    calls.push(call)
    return answer()
  }
  return { claim: createClaim({ json } as KubeClient), calls }
}
const fails = (error: Error) => () => Promise.reject(error)

describe('a use of a grant', () => {
  it('is taken for the audit ID, at the path of the grant', async () => {
    const { claim, calls } = claiming(() => Promise.resolve({}))
    expect(await claim('a/b', 'id-1')).toBe(true)
    expect(calls[0]).toMatchObject({ method: 'POST', body: { kind: 'GrantClaim', spec: { auditID: 'id-1' } } })
    expect(calls[0]?.path).toMatch(/\/accessgrants\/a%2Fb\/claim$/)
  })
  it('says its class, and that it only renews, when the caller does', async () => {
    const { claim, calls } = claiming(() => Promise.resolve({}))
    await claim('g', 'id-1', { renews: true, useClass: 'write' as never })
    expect(calls[0]?.body).toMatchObject({ spec: { auditID: 'id-1', renews: true, useClass: 'write' } })
  })
  it.each(['Expired', 'Exhausted', 'Revoked', 'NotYetValid', 'Suspended'] as const)('is refused by a conflict with the cause %s', async (reason) => {
    const { claim, calls } = claiming(fails(new StatusError('Conflict', 'it ended', { details: { causes: [{ reason, message: 'x' }] } })))
    expect([await claim('g', 'id-1'), calls.length]).toEqual([false, 1])
  })
  it('is refused when the grant was deleted', async () => {
    expect(
      await claiming(fails(new StatusError('NotFound', 'it is gone', { details: { name: 'g', kind: 'accessgrants' } }))).claim('g', 'id-1'),
    ).toBe(false)
  })
  it('is taken after conflicts with claims of other gateways', async () => {
    let left = 3
    const { claim, calls } = claiming(() => (left-- > 0 ? Promise.reject(new StatusError('Conflict', 'changed meanwhile')) : Promise.resolve({})))
    expect([await claim('g', 'id-1'), calls.length]).toEqual([true, 4])
  })
  it.each([
    new StatusError('Conflict', 'changed meanwhile'),
    new StatusError('Forbidden', 'jit-gateway has no right to claim'),
    statusErrorOf(404, '404 page not found'),
    new StatusError('NotFound', 'the server could not find the requested resource'),
    new StatusError('InternalError', 'the disk is full'),
    new StatusError('Unauthorized', 'not you'),
    new StatusError('TooManyRequests', 'later'),
    new Error('ECONNRESET'),
  ])('is unavailable after %s: an error is not a denial, and not an approval', async (error) => {
    const thrown: unknown = await claiming(fails(error))
      .claim('g', 'id-1')
      .then(String, (reason: unknown) => reason)
    expect(thrown).toBeInstanceOf(StatusError)
    expect(thrown).toMatchObject({ code: 503, details: { retryAfterSeconds: 2 }, cause: error })
    expect((thrown as Error).message).not.toContain(error.message)
  })
})
