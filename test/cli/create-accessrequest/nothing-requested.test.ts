import { expect, it } from 'vitest'
import { fakeIO } from '../../fakes/io.ts'
import { runCreate } from '../run-certify.ts'

it('without anything to ask for, says so with an example, and reads nothing', async () => {
  const io = fakeIO()
  expect(await runCreate(io, [])).toBe(2)
  expect(io.noted()).toContain('error: nothing is requested\n  for example: kubectl create accessrequest --verb=')
  expect(io.calls).toEqual([])
})
