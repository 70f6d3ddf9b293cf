import { expect, it } from 'vitest'
import { createPendingLimit } from '../../../gateway/hold/pending-limit.ts'
import { createLimits } from '../../../gateway/limits.ts'
import { heldOf, holdWorld } from './hold-world.ts'

const MEGABYTE = 1024 * 1024

it('three identities that let all they may wait keep no other agent from waiting with its own', () => {
  const limit = createPendingLimit()
  for (const identity of ['a', 'b', 'c'])
    try {
      for (;;) limit.take(identity, 3 * MEGABYTE)
    } catch {
      // as much as it gets
    }
  expect(() => limit.take('other', 256 * 1024)).not.toThrow()
})

it('sixteen identities that let all they may wait keep no other agent from waiting', () => {
  const limit = createPendingLimit()
  for (let at = 0; at < 16; at++)
    try {
      for (let count = 0; ; count++) limit.take(`greedy-${at}`, count === 0 ? 3 * MEGABYTE : 60 * 1024)
    } catch {
      // as much as it gets
    }
  expect(() => limit.take('other', 64 * 1024)).not.toThrow()
})

it('a place that is left gives back its body', () => {
  const limit = createPendingLimit()
  const leave = limit.take('a', 3 * MEGABYTE)
  expect(() => limit.take('a', 3 * MEGABYTE)).toThrow(expect.objectContaining({ code: 429 }))
  leave()
  limit.take('a', 3 * MEGABYTE)
  expect(limit.taken).toBe(1)
})

it('an operation that waits takes no room of the bodies that are being received, one that gets no place keeps it', async () => {
  const limits = createLimits({})
  const room = limits.room('oidc:agent')
  room.take(3 * MEGABYTE)
  const { hold, decide } = holdWorld()
  const { held } = heldOf()
  const body = Buffer.from('{}'.padEnd(3 * MEGABYTE))
  const waits: string[] = []
  const large = (digest: string) => ({
    ...held,
    digest,
    asked: { ...held.asked, body },
    waits: () => {
      room.release()
      waits.push(digest)
    },
  })
  const waiting = hold(large('d'.repeat(64)))
  await expect(hold(large('e'.repeat(64)))).rejects.toMatchObject({
    code: 429,
    message: expect.stringContaining('the bodies of your operations') as string,
  })
  expect(waits).toEqual(['d'.repeat(64)])
  // All of the room of the identity is free again.
  expect(() => limits.room('oidc:agent').take(32 * MEGABYTE)).not.toThrow()
  decide('Approved', 'fine')
  await waiting
})
