import { expect, it } from 'vitest'
import { createPendingLimit } from '../../../gateway/hold/pending-limit.ts'
import { createLimits } from '../../../gateway/wire-limits.ts'
import { heldOf, holdFixture } from './hold-fixture.ts'

const MEGABYTE = 1024 * 1024

it('three identities at their body limit leave room for the operation of another agent', () => {
  const limit = createPendingLimit()
  for (const identity of ['a', 'b', 'c'])
    try {
      for (;;) limit.take(identity, 3 * MEGABYTE)
    } catch {
      // as much as it gets
    }
  expect(() => limit.take('other', 256 * 1024)).not.toThrow()
})

it('sixteen identities at their operation limit leave room for another agent', () => {
  const limit = createPendingLimit()
  for (let at = 0; at < 16; at++)
    try {
      for (let count = 0; ; count++) limit.take(`greedy-${at}`, count === 0 ? 3 * MEGABYTE : 60 * 1024)
    } catch {
      // as much as it gets
    }
  expect(() => limit.take('other', 64 * 1024)).not.toThrow()
})

it('releasing a place also releases its body bytes', () => {
  const limit = createPendingLimit()
  const leave = limit.take('a', 3 * MEGABYTE)
  expect(() => limit.take('a', 3 * MEGABYTE)).toThrow(expect.objectContaining({ code: 429 }))
  leave()
  limit.take('a', 3 * MEGABYTE)
  expect(limit.taken).toBe(1)
})

it('a waiting operation does not count as a received body; one without a place still does', async () => {
  const limits = createLimits({})
  const room = limits.room('oidc:agent')
  room.take(3 * MEGABYTE)
  const { hold, decide } = holdFixture()
  const { held } = heldOf()
  const body = Buffer.from('{}'.padEnd(3 * MEGABYTE))
  const waits: string[] = []
  const large = (digest: string) => ({
    ...held,
    digest,
    asked: {
      ...held.asked,
      body,
      releaseBody: () => {
        room.release()
        waits.push(digest)
      },
    },
  })
  const waiting = hold(large('d'.repeat(64)))
  await expect(hold(large('e'.repeat(64)))).rejects.toMatchObject({
    code: 429,
    message: expect.stringContaining('the bodies of your operations') as string,
  })
  expect(waits).toEqual(['d'.repeat(64)])
  // The full body budget of the identity is free again.
  expect(() => limits.room('oidc:agent').take(32 * MEGABYTE)).not.toThrow()
  decide('Approved', 'fine')
  await waiting
})
