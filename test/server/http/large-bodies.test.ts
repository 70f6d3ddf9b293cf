import { EventEmitter } from 'node:events'
import type { Request, Response } from 'express'
import { expect, it } from 'vitest'
import { boundLargeBodies } from '../../../server/http/large-bodies.ts'

const LARGE = { 'content-length': '16385' }
const requestOf = (headers: object = LARGE, closed = false): Request => Object.assign(new EventEmitter(), { headers, closed }) as unknown as Request

/** A bound of two bodies. Says whether a request passes it. */
function bound(ownerOf: () => string | Promise<string> = () => 'alice') {
  const handler = boundLargeBodies({ ownerOf, each: 2, all: 10 })
  const errorOf = (request: Request): Promise<unknown> => new Promise((resolve) => void handler(request, {} as Response, resolve))
  return { errorOf, passes: async (request = requestOf()) => (await errorOf(request)) === undefined }
}

it.each([
  ['a long one', LARGE, true],
  ['one that does not say how long it is', { 'transfer-encoding': 'chunked' }, true],
  ['one that is compressed', { 'content-length': '10', 'content-encoding': 'gzip' }, true],
  ['a short one', { 'content-length': '16384' }, false],
  ['none', {}, false],
])('of bodies, %s counts: %#', async (_, headers, counts) => {
  const { errorOf, passes } = bound()
  expect([await passes(requestOf(headers)), await passes(requestOf(headers)), await passes(requestOf(headers))]).toEqual([true, true, !counts])
  if (counts) expect(await errorOf(requestOf(headers))).toMatchObject({ reason: 'TooManyRequests' })
})
it.each(['end', 'close', 'error'])('a body gives its place back once, at its %s', async (event) => {
  const { passes } = bound()
  const [first, second] = [requestOf(), requestOf()]
  expect([await passes(first), await passes(second), await passes()]).toEqual([true, true, false])
  first.emit(event, new Error('left'))
  first.emit('close')
  expect([await passes(), await passes()]).toEqual([true, false])
})
it('who has left before their owner is known takes no place', async () => {
  const { passes } = bound()
  for (let index = 0; index < 3; index += 1) expect(await passes(requestOf(LARGE, true))).toBe(true)
  expect(await passes()).toBe(true)
})
it('a body whose owner cannot be found is not read', async () => {
  const { passes } = bound(() => Promise.reject(new Error('no')))
  expect(await passes()).toBe(false)
})
