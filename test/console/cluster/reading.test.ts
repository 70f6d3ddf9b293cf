import { expect, it } from 'vitest'
import { readingOf, valueOr } from '../../../console/cluster/reading.ts'
import { StatusError } from '../../../domain/status-error.ts'

it.each(['Forbidden', 'NotFound', 'MethodNotAllowed'] as const)('a refusal with %s leaves out one part', async (reason) => {
  const reading = await readingOf(Promise.reject(new StatusError(reason, 'why')))
  expect(reading).toEqual({ is: 'unreadable', why: 'why' })
  expect(valueOr(reading, 7)).toBe(7)
})
it('any other failure fails the page: an error is no empty list', async () => {
  for (const error of [new StatusError('ServiceUnavailable', 'down'), new StatusError('Unauthorized', 'who'), new Error('bug')])
    await expect(readingOf(Promise.reject(error))).rejects.toBe(error)
})
