import { expect, it } from 'vitest'
import { orNothing, readingOf, valueOr } from '../../../console/cluster/part-reading.ts'
import { StatusError } from '../../../domain/status-error.ts'

it.each(['Forbidden', 'NotFound', 'MethodNotAllowed'] as const)('a refusal with %s leaves out one part', async (reason) => {
  const reading = await readingOf(Promise.reject(new StatusError(reason, 'why')))
  expect(reading).toEqual({ is: 'unreadable', why: 'why' })
  expect(valueOr(reading, 7)).toBe(7)
  expect(await orNothing(Promise.reject(new StatusError(reason, 'why')))).toBeUndefined()
})
it('what is there is shown', async () => {
  expect(valueOr(await readingOf(Promise.resolve(1)), 7)).toBe(1)
  expect(await orNothing(Promise.resolve(1))).toBe(1)
})
it('any other failure fails the page: an error is not an empty list', async () => {
  for (const error of [new StatusError('ServiceUnavailable', 'down'), new StatusError('Unauthorized', 'who'), new Error('bug')])
    for (const reading of [readingOf, orNothing]) await expect(reading(Promise.reject(error))).rejects.toBe(error)
})
