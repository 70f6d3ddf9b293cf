import { expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeClient } from '../../../kube/client.ts'
import { createClaims } from '../../../webhook/grants/claims.ts'

/** Claims of a grant where jit-apiserver answers with a conflict of this cause. */
function refusing(reason: string | undefined): { readonly calls: () => number; readonly take: () => Promise<unknown> } {
  let calls = 0
  const causes = reason === undefined ? [] : [{ reason: reason as 'Expired', message: 'x' }]
  const json = (): Promise<never> => {
    calls += 1
    return Promise.reject(new StatusError('Conflict', 'refused', { details: { causes } }))
  }
  const claims = createClaims({ json } as unknown as KubeClient)
  return { calls: () => calls, take: () => claims.take('given', 'a') }
}

it.each(['Expired', 'Exhausted', 'Revoked', 'NotYetValid', 'Suspended'])(
  'a claim that is refused because of %s is a denial, and is not repeated',
  async (reason) => {
    const { take, calls } = refusing(reason)
    expect([await take(), calls()]).toEqual(['spent', 1])
  },
)

it('a missing right to claim is an error, not a denial', async () => {
  const client = { json: () => Promise.reject(new StatusError('Forbidden', 'jit-webhook has no right to claim')) } as unknown as KubeClient
  const taking = createClaims(client).take('given', 'a')
  await expect(taking).rejects.toMatchObject({ code: 503 })
})

it('a conflict with other claims is repeated, and is an error in the end', async () => {
  const { take, calls } = refusing(undefined)
  await expect(take()).rejects.toMatchObject({ code: 503 })
  expect(calls()).toBe(8)
})
