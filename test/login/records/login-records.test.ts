import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { loginMetrics } from '../../../login/metrics.ts'
import { createLoginRecords, NotRecorded, type Granted, type RefusedSignIn } from '../../../login/records/login-records.ts'
import { createLog } from '../../../server/log.ts'
import { recorderTo } from '../../fakes/recorder.ts'

function recordsTo(taken: RecordEvent[]) {
  const log = createLog({ part: 'login', clock: { nowMs: () => 0 }, write: () => undefined })
  return createLoginRecords({ recorder: recorderTo((event) => void taken.push(event)), metrics: loginMetrics(new Registry()), log })
}
const issued = (subject: string, actor?: string): Granted => {
  const rest = { client: 'agents', audience: 'jit-gateway', grant: 'TokenExchange', seconds: 300 } as const
  return { event: 'login.token-issued', jti: 'j', subject, actor, ...rest }
}
const refusedAt = (upstream: string, subject: string): RefusedSignIn => {
  return { event: 'login.sign-in-refused', subject, client: 'console', upstream, message: 'no' }
}

describe('the bound of what is given out', () => {
  it('is 429 for a job that asks for tokens without end, and not for the human that it acts for, or for another job of the same client', async () => {
    const taken: RecordEvent[] = []
    const records = recordsTo(taken)
    const flood = async (): Promise<void> => {
      for (let sent = 0; sent < 5_000; sent += 1) await records.granted(issued('alice', 'ci:loud'))
    }
    const error = await flood().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NotRecorded)
    expect(error).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } })
    expect(taken.length).toBeLessThan(1_500)
    for (const event of [issued('alice'), issued('alice', 'ci:quiet')]) await records.granted(event)
    expect(taken.slice(-2)).toMatchObject([{ subject: 'alice' }, { subject: 'alice', actor: 'ci:quiet' }])
  })
  it('is not an excuse: what no record can hold is not given out', async () => {
    const taken: RecordEvent[] = []
    await expect(recordsTo(taken).granted(issued('x'.repeat(2_000)))).rejects.toMatchObject({ code: 503 })
    expect(taken).toEqual([])
  })
})

describe('the bound of refusals and sign-outs', () => {
  it.each(['alice', 'a name\u0000', 'x'.repeat(2_000)])(
    'of %j at an upstream is not that of alice here, and what exceeds it is counted by client',
    async (name) => {
      const taken: RecordEvent[] = []
      const records = recordsTo(taken)
      for (let sent = 0; sent < 150; sent += 1) await records.ended(refusedAt('partner', name))
      await records.flush()
      const single = taken.filter(({ event }) => event === 'login.sign-in-refused').length
      expect(single).toBeLessThan(150)
      expect(taken.slice(single)).toEqual([{ event: 'login.unrecorded', client: 'console', count: 150 - single }])
      const others = [refusedAt('corp', name), { event: 'login.signed-out', subject: 'alice', how: 'Browser' }] as const
      for (const event of others) await records.ended(event)
      expect(taken.slice(single + 1)).toMatchObject(others)
    },
  )
})
