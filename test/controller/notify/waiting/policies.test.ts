import { beforeEach, expect, it } from 'vitest'
import type { Condition } from '../../../../domain/api/conditions.ts'
import { NOW, policy } from '../../../domain/builders.ts'
import { createNotifierFixture, type NotifierFixture } from '../notifier-fixture.ts'
import { at } from '../notified-objects.ts'

let fixture: NotifierFixture
beforeEach(() => {
  fixture = createNotifierFixture([{ channel: 'a', events: ['PolicyBroken'] }, { channel: 'b' }])
})
const said = (channel = 'a'): readonly string[] => fixture.accepted.filter((each) => each.channel === channel).map((each) => each.said)
let version = 0
function become(status: Condition['status'], reason = 'ImpersonationForbidden', name = 'agents'): void {
  const old = fixture.policies.get(name)
  if (old === undefined) throw new Error(name)
  const ready = { type: 'Ready', status, reason, lastTransitionTime: at(fixture.nowMs) }
  version += 1
  fixture.policies.set(name, {
    ...old,
    metadata: { ...old.metadata, uid: `uid-${name}`, resourceVersion: `c${version}` },
    status: { ...old.status, conditions: [ready] },
  })
}

it('a policy that has not worked for a minute is told once, and that it works again', async () => {
  const notifier = fixture.start('one')
  become('False')
  await fixture.run(notifier, 55_000)
  expect(said()).toEqual([])
  await fixture.run(notifier, 3_600_000)
  expect(said()).toEqual(['agents PolicyBroken'])
  become('True', 'Ready')
  await fixture.run(notifier, 120_000)
  expect([said('a'), said('b')]).toEqual([['agents PolicyBroken', 'agents PolicyRepaired'], []])
  expect(fixture.accepted[1]?.previous).toBe('one-1')
  expect(fixture.policies.get('agents')?.status?.notifications).toMatchObject([{ channel: 'a', events: [{ event: 'PolicyRepaired' }] }])
})

it('what was told about a policy has one place, however often it breaks, and each break is a message of its own', async () => {
  let notifier = fixture.start('one')
  for (let round = 0; round < 20; round++) {
    if (round % 3 === 0) notifier = fixture.start('one')
    become('False')
    await fixture.run(notifier, 90_000)
    become('True', 'Ready')
    await fixture.run(notifier, 90_000)
  }
  expect(said()).toHaveLength(40)
  expect(fixture.policies.get('agents')?.status?.notifications?.[0]?.events).toHaveLength(1)
  expect(fixture.accepted.filter((each) => each.said.endsWith('PolicyBroken')).every(({ previous }) => previous === undefined)).toBe(true)
})

it('another leader repeats nothing', async () => {
  become('False')
  await fixture.run(fixture.start('one'), 90_000)
  fixture.leader = 'two'
  const two = fixture.start('two')
  await fixture.run(two, 90_000)
  expect(said()).toEqual(['agents PolicyBroken'])
  become('True', 'Ready')
  await fixture.run(two, 90_000)
  expect(said()).toEqual(['agents PolicyBroken', 'agents PolicyRepaired'])
})

it('a short fault, an unknown state and a policy for other clusters are not news', async () => {
  const notifier = fixture.start('one')
  for (let round = 0; round < 10; round++) {
    become('False')
    await fixture.run(notifier, 30_000)
    become('True', 'Ready')
    await fixture.run(notifier, 30_000)
  }
  become('Unknown', 'NotTried')
  await fixture.run(notifier, 120_000)
  become('False', 'OtherCluster')
  await fixture.run(notifier, 120_000)
  expect(said()).toEqual([])
})

it('an unknown state does not say that a broken policy works again', async () => {
  const notifier = fixture.start('one')
  become('False')
  await fixture.run(notifier, 90_000)
  become('Unknown', 'NotTried')
  await fixture.run(notifier, 90_000)
  become('False')
  await fixture.run(notifier, 90_000)
  expect(said()).toEqual(['agents PolicyBroken'])
})

it('a fault that breaks many policies is one message with a count', async () => {
  for (let index = 0; index < 300; index++) {
    const name = `p${index}`
    fixture.policies.set(name, policy(name, { notifications: [{ channel: 'a', events: ['PolicyBroken'] }] }))
    become('False', 'ImpersonationForbidden', name)
  }
  await fixture.run(fixture.start('one'), 70_000)
  expect(fixture.accepted.map(({ said: what, count }) => [what, count])).toEqual([['summary', 300]])
})

it('a policy without a status, or that names a channel that does not exist, is not news', async () => {
  fixture.policies.set('new', policy('new', { notifications: [{ channel: 'gone', events: ['PolicyBroken'] }] }))
  become('False', 'ImpersonationForbidden', 'new')
  fixture.nowMs = NOW + 120_000
  await fixture.run(fixture.start('one'), 5000)
  expect(fixture.accepted).toEqual([])
})
