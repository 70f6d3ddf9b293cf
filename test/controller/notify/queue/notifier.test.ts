import { beforeEach, describe, expect, it } from 'vitest'
import { DeliveryError } from '../../../../controller/notify/channels/channel.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { grant, NOW } from '../../../domain/builders.ts'
import { createNotifierFixture, type NotifierFixture } from '../notifier-fixture.ts'
import { at, request } from '../notified-objects.ts'

const unavailable = () => new DeliveryError('Unavailable', 'the receiver answered 503')
const rejected = () => new DeliveryError('Rejected', 'the receiver answered 400')
let fixture: NotifierFixture
beforeEach(() => {
  fixture = createNotifierFixture()
})
const said = (channel = 'a'): readonly string[] => fixture.accepted.filter((each) => each.channel === channel).map((each) => each.said)
const by = (name: string, username: string): AccessRequest => request(name, { requester: { username } })
function decide(name: string, type = 'Denied'): void {
  const old = fixture.requests.get(name)
  if (old === undefined) throw new Error(name)
  const conditions = [{ type, status: 'True' as const, lastTransitionTime: at(fixture.nowMs) }]
  fixture.put({ ...old, metadata: { ...old.metadata, resourceVersion: `d${fixture.nowMs}` }, status: { ...old.status, conditions } })
}

it('a request is told once, and its decision with the earlier message', async () => {
  fixture.put(request('r1'))
  const notifier = fixture.start('one')
  await fixture.run(notifier, 5000)
  decide('r1')
  await fixture.run(notifier, 5000)
  expect(said()).toEqual(['r1 Requested', 'r1 Decided'])
  expect(fixture.accepted[1]?.previous).toBe('one-1')
  expect(fixture.requests.get('r1')?.status?.notifications).toMatchObject([
    {
      channel: 'a',
      message: 'one-2',
      events: [
        { event: 'Requested', outcome: 'Sent' },
        { event: 'Decided', outcome: 'Sent' },
      ],
    },
  ])
})

it('another leader continues from the store and repeats nothing', async () => {
  fixture.put(request('r1'))
  await fixture.run(fixture.start('one'), 3000)
  fixture.leader = 'two'
  decide('r1')
  await fixture.run(fixture.start('two'), 3000)
  expect(said()).toEqual(['r1 Requested', 'r1 Decided'])
  expect(fixture.accepted[1]?.previous).toBe('one-1')
})

it('a request that is deleted while it waits is told as withdrawn, where it was told before', async () => {
  fixture.put(request('r1'))
  const notifier = fixture.start('one')
  await fixture.run(notifier, 2000)
  fixture.put(request('r2'))
  fixture.remove('r2')
  fixture.remove('r1')
  await fixture.run(notifier, 700_000)
  expect(said()).toEqual(['r1 Requested', 'r1 Decided'])
  expect(fixture.accepted[1]?.previous).toBe('one-1')
  notifier.stop()
})

it('a process that does not lead sends nothing', async () => {
  fixture.put(request('r1'))
  await fixture.run(fixture.start('other'), 3000)
  expect(said()).toEqual([])
})

it('a status that cannot be written repeats no message, and is written later', async () => {
  fixture.put(request('r1'))
  fixture.saveFails = true
  const notifier = fixture.start('one')
  await fixture.run(notifier, 10_000)
  expect(said()).toEqual(['r1 Requested'])
  expect(fixture.requests.get('r1')?.status?.notifications).toBeUndefined()
  fixture.saveFails = false
  await fixture.run(notifier, 2000)
  expect(fixture.requests.get('r1')?.status?.notifications).toHaveLength(1)
})

it('a channel that hangs or fails delays no other', async () => {
  fixture = createNotifierFixture([{ channel: 'a' }, { channel: 'b' }, { channel: 'c' }])
  fixture.failures.set('a', ['hang'])
  fixture.failures.set('b', Array.from({ length: 100 }, unavailable))
  fixture.put(request('r1'))
  void fixture.start('one').pass()
  const notifier = fixture.start('one')
  fixture.failures.set('a', ['hang'])
  for (let pass = 0; pass < 20; pass++) {
    void notifier.pass()
    await new Promise(setImmediate)
    fixture.nowMs += 1000
  }
  expect(said('c').at(-1)).toBe('r1 Requested')
  expect(said('a')).toEqual([])
})

describe('a channel that fails', () => {
  it('is tried again with growing pauses, and gets the message when it works', async () => {
    fixture.failures.set('a', Array.from({ length: 4 }, unavailable))
    fixture.put(request('r1'))
    await fixture.run(fixture.start('one'), 60_000)
    expect(said()).toEqual(['r1 Requested'])
    expect((fixture.accepted[0]?.atMs ?? 0) - NOW).toBe(15_000)
  })
  it('is left alone for the time that it names', async () => {
    fixture.failures.set('a', [new DeliveryError('Unavailable', 'Slack answered 429', { retryAfterMs: 30_000 })])
    fixture.put(request('r1'))
    await fixture.run(fixture.start('one'), 60_000)
    expect((fixture.accepted[0]?.atMs ?? 0) - NOW).toBe(30_000)
  })
  it('says so in its status, and the metrics', async () => {
    fixture.failures.set('a', [unavailable()])
    fixture.put(request('r1'))
    const notifier = fixture.start('one')
    await notifier.pass()
    expect(fixture.channels.get('a')?.status).toMatchObject({
      failed: 1,
      sent: 0,
      lastError: 'the receiver answered 503',
      conditions: [{ type: 'Ready', status: 'False', reason: 'Unavailable', observedGeneration: 1 }],
    })
    await fixture.run(notifier, 30_000)
    expect(fixture.channels.get('a')?.status).toMatchObject({
      failed: 1,
      sent: 1,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Delivered' }],
    })
    const metrics = await fixture.registry.metrics()
    expect(metrics).toContain('jit_controller_notifications_sent_total{channel="a"} 1')
    expect(metrics).toContain('jit_controller_notifications_failed_total{channel="a",reason="Unavailable"} 1')
  })
  it('does not hold back other requests because it rejects one, which is given up', async () => {
    fixture.failures.set('a', [rejected(), rejected()])
    fixture.put(by('bad', 'x'))
    fixture.put(by('good', 'y'))
    const notifier = fixture.start('one')
    await fixture.run(notifier, 3000)
    fixture.failures.set('a', [])
    await fixture.run(notifier, 20_000)
    expect([...said()].sort()).toEqual(['bad Requested', 'good Requested'])
    fixture.failures.set('a', Array.from({ length: 3 }, rejected))
    fixture.put(by('worse', 'z'))
    await fixture.run(notifier, 60_000)
    expect(fixture.requests.get('worse')?.status?.notifications).toMatchObject([{ events: [{ event: 'Requested', outcome: 'GivenUp' }] }])
    expect(await fixture.registry.metrics()).toContain('jit_controller_notifications_given_up_total{channel="a"} 1')
    expect(fixture.channels.get('a')?.status?.givenUp).toBe(1)
  })
  it('gets no message that was attempted for an hour', async () => {
    fixture.failures.set('a', Array.from({ length: 1000 }, unavailable))
    fixture.put(request('r1', {}, { expiresAt: at(NOW + 24 * 3_600_000) }))
    const notifier = fixture.start('one')
    for (let minute = 0; minute < 70; minute++) {
      await notifier.pass()
      fixture.nowMs += 60_000
    }
    expect(fixture.requests.get('r1')?.status?.notifications).toMatchObject([{ events: [{ event: 'Requested', outcome: 'GivenUp' }] }])
  })
})

describe('a flood', () => {
  it('of one requester becomes few messages with a count, and delays nobody else', async () => {
    for (let index = 0; index < 500; index++) fixture.put(by(`flood-${index}`, 'flooder'))
    fixture.put(by('quiet', 'other'))
    const notifier = fixture.start('one')
    await fixture.run(notifier, 3000)
    expect(said().slice(0, 2)).toContain('quiet Requested')
    expect(said()).toHaveLength(2)
    expect(fixture.accepted.reduce((sum, { count }) => sum + count, 0)).toBe(501)
  })
  it('that goes on is at most six messages a minute for that requester', async () => {
    const notifier = fixture.start('one')
    for (let second = 0; second < 60; second++) {
      for (let index = 0; index < 8; index++) fixture.put(by(`flood-${second}-${index}`, 'flooder'))
      await fixture.run(notifier, 1000)
    }
    expect(fixture.accepted.length).toBeLessThanOrEqual(6)
    await fixture.run(notifier, 61_000)
    expect(fixture.accepted.reduce((sum, { count }) => sum + count, 0)).toBe(480)
  })
  it.each(['BreakGlass', 'Decided'] as const)('hides no break-glass access, which is told at once and alone, as %s', async (event) => {
    fixture = createNotifierFixture([{ channel: 'a', events: ['Requested', event] }])
    const notifier = fixture.start('one')
    for (let index = 0; index < 5; index++) {
      fixture.put(by(`r-${index}`, 'flooder'))
      await fixture.run(notifier, 1000)
    }
    for (let index = 0; index < 50; index++) fixture.put(by(`flood-${index}`, 'flooder'))
    const conditions = [{ type: 'Approved', status: 'True' as const, lastTransitionTime: at(fixture.nowMs) }]
    fixture.put(request('taken', { breakGlass: true, requester: { username: 'flooder' } }, { conditions }))
    await notifier.pass()
    expect(said().at(-1)).toBe(`taken ${event}`)
  })
  it('of one requester under two names is one flood', async () => {
    for (let index = 0; index < 4; index++)
      fixture.put(by(`r-${index}`, index % 2 === 0 ? 'system:serviceaccount:ci:bot' : 'jit.access:serviceaccount:ci:bot'))
    await fixture.start('one').pass()
    expect(fixture.accepted.map(({ count }) => count)).toEqual([4])
  })
  it('of many requesters becomes one message with a count', async () => {
    for (let index = 0; index < 400; index++) fixture.put(by(`r-${index}`, `u-${index}`))
    await fixture.run(fixture.start('one'), 3000)
    expect(fixture.accepted.map(({ said: what, count }) => [what, count])).toEqual([['summary', 400]])
  })
})

describe('what is told', () => {
  it('by the policies that govern the requester, by risk, and once for a channel that two of them name', async () => {
    fixture = createNotifierFixture([{ channel: 'a' }])
    const [agents] = fixture.policies.values()
    if (agents === undefined) throw new Error('no policy')
    fixture.policies.set('second', {
      ...agents,
      metadata: { name: 'second' },
      spec: { ...agents.spec, notifications: [{ channel: 'a', events: ['Decided'] }] },
    })
    fixture.policies.set('other', { ...agents, metadata: { name: 'other' }, spec: { ...agents.spec, notifications: [{ channel: 'b' }] } })
    fixture.put(request('r1', {}, { policies: ['agents', 'second', 'gone'] }))
    const notifier = fixture.start('one')
    await fixture.run(notifier, 2000)
    decide('r1')
    await fixture.run(notifier, 2000)
    expect(said()).toEqual(['r1 Requested', 'r1 Decided'])
    expect(said('b')).toEqual([])
  })
  it('only from the lowest risk on; a request without a risk counts as Critical', async () => {
    fixture = createNotifierFixture([{ channel: 'a', minRisk: 'High' }])
    fixture.put(request('low', {}, { risk: 'Medium' }))
    fixture.put(request('high', {}, { risk: 'High' }))
    fixture.put(request('unknown'))
    await fixture.run(fixture.start('one'), 5000)
    expect([...said()].sort()).toEqual(['high Requested', 'unknown Requested'])
  })
  it('not what a rule approved, unless asked', async () => {
    const automatic = {
      decidedBy: { rule: 'office', policy: 'agents' },
      conditions: [{ type: 'Approved', status: 'True' as const, lastTransitionTime: at(NOW) }],
    }
    fixture = createNotifierFixture([{ channel: 'a' }, { channel: 'b', includeAutomatic: true }])
    fixture.put(request('r1', {}, automatic))
    await fixture.run(fixture.start('one'), 3000)
    expect([said('a'), said('b')]).toEqual([[], ['r1 Decided']])
  })
  it('a grant that ends soon, and one that was never used', async () => {
    fixture = createNotifierFixture([{ channel: 'a', events: ['Expiring', 'ExpiredUnused'] }])
    fixture.nowMs = NOW + 1000
    fixture.put(request('r1', {}, { grantName: 'g1', conditions: [{ type: 'Approved', status: 'True', lastTransitionTime: at(NOW) }] }))
    fixture.grants.set('g1', grant({ notBefore: at(NOW), expiresAt: at(NOW + 400_000) }))
    const notifier = fixture.start('one')
    await fixture.run(notifier, 290_000)
    expect(said()).toEqual([])
    await fixture.run(notifier, 20_000)
    expect(said()).toEqual(['r1 Expiring'])
    await fixture.run(notifier, 100_000)
    expect(said()).toEqual(['r1 Expiring', 'r1 ExpiredUnused'])
  })
  it('break-glass access, once, although a rule granted it, and to channels that did not ask for it by name', async () => {
    fixture = createNotifierFixture([{ channel: 'a', events: ['BreakGlass', 'Decided'] }, { channel: 'b' }])
    const taken = {
      decidedBy: { rule: 'breakGlass', policy: 'agents' },
      conditions: [{ type: 'Approved', status: 'True' as const, lastTransitionTime: at(NOW) }],
    }
    fixture.put(request('r1', { breakGlass: true }, taken))
    await fixture.run(fixture.start('one'), 5000)
    expect([said('a'), said('b')]).toEqual([['r1 BreakGlass'], ['r1 Decided']])
  })
  it('nothing that was decided before the channel was created', async () => {
    fixture.put(request('old', {}, { conditions: [{ type: 'Denied', status: 'True', lastTransitionTime: at(NOW - 120_000) }] }))
    fixture.put(request('waits'))
    await fixture.run(fixture.start('one'), 5000)
    expect(said()).toEqual(['waits Requested'])
  })
})
