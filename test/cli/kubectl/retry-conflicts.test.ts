import { expect, it } from 'vitest'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { retryConflicts } from '../../../cli/kubectl/retry-conflicts.ts'

it.each([
  [new KubectlError('Conflict', 'changed'), 5],
  [new KubectlError('Forbidden', 'not yours'), 1],
  [new Error('Conflict'), 1],
])('gives up on %s after %i tries', async (error, most) => {
  const tries: number[] = []
  const failing = retryConflicts((count) => {
    tries.push(count)
    return Promise.reject(error)
  })
  await expect(failing).rejects.toBe(error)
  expect(tries).toEqual(Array.from({ length: most }, (_, index) => index + 1))
})

it('returns what the first try without a conflict returns', async () => {
  const conflict = new KubectlError('Conflict', 'changed')
  expect(await retryConflicts((tries) => (tries < 3 ? Promise.reject(conflict) : Promise.resolve('written')))).toBe('written')
})
