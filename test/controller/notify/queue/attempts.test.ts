import { expect, it } from 'vitest'
import { createAttempts } from '../../../../controller/notify/queue/attempts.ts'
import type { Notice } from '../../../../controller/notify/waiting/looking.ts'
import { NOW } from '../../../domain/builders.ts'
import { request } from '../notified-objects.ts'

const notice = (name: string): Notice => ({
  key: `uid-${name}/Requested`,
  kind: 'AccessRequest',
  event: 'Requested',
  to: 'Approvers',
  atMs: NOW,
  requester: 'oidc:agent',
  object: request(name),
})
const REJECTED = { reason: 'Rejected', retryAfterMs: 0 } as const

it('an event that waits no longer is forgotten, with its rejections', () => {
  const attempts = createAttempts()
  const [one, two] = [notice('one'), notice('two')]
  for (let nowMs = NOW; nowMs < NOW + 20_000; nowMs += 10_000) expect(attempts.failed([one], REJECTED, nowMs)).toEqual([])
  expect(attempts.ready([two], NOW)).toEqual([two])
  expect(attempts.failed([one], REJECTED, NOW)).toEqual([])
})

it('a clock that is set back does not prolong the pause of an event', () => {
  const attempts = createAttempts()
  const one = notice('one')
  attempts.failed([one], REJECTED, NOW)
  expect(attempts.ready([one], NOW + 4_999)).toEqual([])
  expect(attempts.ready([one], NOW - 3_600_000)).toEqual([one])
  expect(attempts.ready([one], NOW + 5_000)).toEqual([one])
})
