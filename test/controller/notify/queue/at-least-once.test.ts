import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DeliveryError } from '../../../../controller/notify/channels/channel.ts'
import { MAX_DELIVERIES } from '../../../../domain/api/notifications/notification.ts'
import { policy } from '../../../domain/builders.ts'
import type { Notifier } from '../../../../controller/notify/queue/notifier.ts'
import { channelNamed, createNotifierFixture } from '../notifier-fixture.ts'
import { at, request } from '../notified-objects.ts'

type Step =
  | { readonly do: 'ask'; readonly who: number }
  | { readonly do: 'decide'; readonly which: number }
  | { readonly do: 'fail'; readonly channel: 'a' | 'b'; readonly how: 'Unavailable' | 'lost' }
  | { readonly do: 'save'; readonly fails: boolean }
  | { readonly do: 'restart' }
  | { readonly do: 'other leader' }
  | { readonly do: 'wait'; readonly seconds: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('ask' as const), who: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('decide' as const), which: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fail' as const), channel: fc.constantFrom('a', 'b'), how: fc.constantFrom('Unavailable', 'lost') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('save' as const), fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other leader' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 20 }) }) },
)

type NotifierFixture = ReturnType<typeof createNotifierFixture>

/** How many messages a channel accepted, and how many the statuses of the requests hold. */
function countsOf(fixture: NotifierFixture, channel: string): { readonly accepted: number; readonly saved: number } {
  const accepted = fixture.accepted.filter((each) => each.channel === channel).reduce((sum, { count }) => sum + count, 0)
  const saved = [...fixture.requests.values()].flatMap(({ status }) => status?.notifications?.find((each) => each.channel === channel)?.events ?? [])
  return { accepted, saved: saved.length }
}

/** Whether a status lacks a message that a channel has accepted, because it could not be written yet. */
const isBehind = (fixture: NotifierFixture): boolean =>
  ['a', 'b'].some((channel) => {
    const { accepted, saved } = countsOf(fixture, channel)
    return accepted > saved
  })

/** What can make a channel get a message twice: a lost answer, and an end of the process before the status was written. */
async function play(steps: readonly Step[]): Promise<{ readonly fixture: NotifierFixture; readonly mayRepeat: boolean }> {
  const fixture = createNotifierFixture([{ channel: 'a' }, { channel: 'b' }])
  const processes = new Map<string, Notifier>([
    ['one', fixture.start('one')],
    ['two', fixture.start('two')],
  ])
  const current = (): Notifier => processes.get(fixture.leader) ?? fixture.start(fixture.leader)
  let mayRepeat = false
  let asked = 0
  for (const each of steps) {
    if (each.do === 'ask') {
      asked += 1
      const made = request(`r${asked}`, { requester: { username: `u${each.who}` } }, { expiresAt: at(fixture.nowMs + 20 * 3_600_000) })
      fixture.put({ ...made, metadata: { ...made.metadata, creationTimestamp: at(fixture.nowMs) } })
    } else if (each.do === 'decide') {
      const old = fixture.requests.get(`r${each.which}`)
      if (old === undefined || (old.status?.conditions ?? []).length > 0) continue
      const conditions = [{ type: 'Denied', status: 'True' as const, lastTransitionTime: at(fixture.nowMs) }]
      fixture.put({ ...old, metadata: { ...old.metadata, resourceVersion: `d${fixture.nowMs}` }, status: { ...old.status, conditions } })
    } else if (each.do === 'fail') {
      mayRepeat ||= each.how === 'lost'
      const failures = fixture.failures.get(each.channel) ?? []
      failures.push(each.how === 'lost' ? 'lost' : new DeliveryError('Unavailable', 'down'))
      fixture.failures.set(each.channel, failures)
    } else if (each.do === 'save') fixture.saveFails = each.fails
    else if (each.do === 'wait') await fixture.run(current(), each.seconds * 1000)
    else {
      mayRepeat ||= isBehind(fixture)
      if (each.do === 'other leader') fixture.leader = fixture.leader === 'one' ? 'two' : 'one'
      processes.set(fixture.leader, fixture.start(fixture.leader))
    }
  }
  fixture.saveFails = false
  fixture.failures.clear()
  await fixture.run(current(), 600_000)
  return { fixture, mayRepeat }
}

it('every channel gets every request at least once, in order, and exactly once unless an answer or a write was lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { fixture, mayRepeat } = await play(steps)
      for (const channel of ['a', 'b']) {
        const accepted = fixture.accepted.filter((each) => each.channel === channel)
        for (const { metadata, status } of fixture.requests.values()) {
          const isDecided = (status?.conditions ?? []).length > 0
          const events = (status?.notifications?.find((each) => each.channel === channel)?.events ?? []).map(({ event }) => event)
          // A request that was decided before it was told gets only the decision.
          expect(isDecided ? events.at(-1) : events[0]).toBe(isDecided ? 'Decided' : 'Requested')
          expect(['Requested', 'Decided', 'Requested,Decided']).toContain(events.join())
          const own = accepted.map(({ said }) => said).filter((said) => said.startsWith(`${metadata.name} `))
          const decided = own.indexOf(`${metadata.name} Decided`)
          if (decided !== -1) expect(own.slice(decided)).not.toContain(`${metadata.name} Requested`)
        }
        const counts = countsOf(fixture, channel)
        if (mayRepeat) expect(counts.accepted).toBeGreaterThanOrEqual(counts.saved)
        else expect(counts.accepted).toBe(counts.saved)
      }
    }),
    {
      numRuns: 150,
      // The status is written again some time after a failure. The process ends before that.
      examples: [[[{ do: 'save', fails: true }, { do: 'ask', who: 0 }, { do: 'wait', seconds: 1 }, { do: 'save', fails: false }, { do: 'restart' }]]],
    },
  )
})

it('no more channels are told about one request than its status has places, and none of them twice', async () => {
  const names = Array.from({ length: 160 }, (_, index) => `c${index}`)
  const fixture = createNotifierFixture([])
  const policies = Array.from({ length: 10 }, (_, index) => `p${index}`)
  for (const [index, name] of policies.entries())
    fixture.policies.set(name, policy(name, { notifications: names.slice(index * 16, index * 16 + 16).map((channel) => ({ channel })) }))
  for (const name of names) fixture.channels.set(name, channelNamed(name))
  fixture.put(request('r1', { policy: 'p0' }, { policies }))
  await fixture.run(fixture.start('one'), 3000)
  await fixture.run(fixture.start('one'), 3000)
  expect(fixture.accepted).toHaveLength(MAX_DELIVERIES)
  expect(fixture.requests.get('r1')?.status?.notifications).toHaveLength(MAX_DELIVERIES)
})
