import { beforeEach, expect, it } from 'vitest'
import type { Condition } from '../../../../domain/api/conditions.ts'
import { NOW, policy } from '../../../domain/builders.ts'
import { createRig, type Rig } from '../rig.ts'
import { at } from '../notified-objects.ts'

let rig: Rig
beforeEach(() => {
  rig = createRig([{ channel: 'a', events: ['PolicyBroken'] }, { channel: 'b' }])
})
const said = (channel = 'a'): readonly string[] => rig.accepted.filter((each) => each.channel === channel).map((each) => each.said)
let version = 0
function become(status: Condition['status'], reason = 'ImpersonationForbidden', name = 'agents'): void {
  const old = rig.policies.get(name)
  if (old === undefined) throw new Error(name)
  const ready = { type: 'Ready', status, reason, lastTransitionTime: at(rig.nowMs) }
  version += 1
  rig.policies.set(name, {
    ...old,
    metadata: { ...old.metadata, uid: `uid-${name}`, resourceVersion: `c${version}` },
    status: { ...old.status, conditions: [ready] },
  })
}

it('a policy that has not worked for a minute is told once, and that it works again', async () => {
  const notifier = rig.start('one')
  become('False')
  await rig.run(notifier, 55_000)
  expect(said()).toEqual([])
  await rig.run(notifier, 3_600_000)
  expect(said()).toEqual(['agents PolicyBroken'])
  become('True', 'Ready')
  await rig.run(notifier, 120_000)
  expect([said('a'), said('b')]).toEqual([['agents PolicyBroken', 'agents PolicyRepaired'], []])
  expect(rig.accepted[1]?.previous).toBe('one-1')
  expect(rig.policies.get('agents')?.status?.notifications).toMatchObject([{ channel: 'a', events: [{ event: 'PolicyRepaired' }] }])
})

it('what was told about a policy has one place, however often it breaks, and each break is a message of its own', async () => {
  let notifier = rig.start('one')
  for (let round = 0; round < 20; round++) {
    if (round % 3 === 0) notifier = rig.start('one')
    become('False')
    await rig.run(notifier, 90_000)
    become('True', 'Ready')
    await rig.run(notifier, 90_000)
  }
  expect(said()).toHaveLength(40)
  expect(rig.policies.get('agents')?.status?.notifications?.[0]?.events).toHaveLength(1)
  expect(rig.accepted.filter((each) => each.said.endsWith('PolicyBroken')).every(({ previous }) => previous === undefined)).toBe(true)
})

it('another leader repeats nothing', async () => {
  become('False')
  await rig.run(rig.start('one'), 90_000)
  rig.leader = 'two'
  const two = rig.start('two')
  await rig.run(two, 90_000)
  expect(said()).toEqual(['agents PolicyBroken'])
  become('True', 'Ready')
  await rig.run(two, 90_000)
  expect(said()).toEqual(['agents PolicyBroken', 'agents PolicyRepaired'])
})

it('a short fault, an unknown state and a policy for other clusters are not news', async () => {
  const notifier = rig.start('one')
  for (let round = 0; round < 10; round++) {
    become('False')
    await rig.run(notifier, 30_000)
    become('True', 'Ready')
    await rig.run(notifier, 30_000)
  }
  become('Unknown', 'NotTried')
  await rig.run(notifier, 120_000)
  become('False', 'OtherCluster')
  await rig.run(notifier, 120_000)
  expect(said()).toEqual([])
})

it('an unknown state does not say that a broken policy works again', async () => {
  const notifier = rig.start('one')
  become('False')
  await rig.run(notifier, 90_000)
  become('Unknown', 'NotTried')
  await rig.run(notifier, 90_000)
  become('False')
  await rig.run(notifier, 90_000)
  expect(said()).toEqual(['agents PolicyBroken'])
})

it('a fault that breaks many policies is one message with a count', async () => {
  for (let index = 0; index < 300; index++) {
    const name = `p${index}`
    rig.policies.set(name, policy(name, { notifications: [{ channel: 'a', events: ['PolicyBroken'] }] }))
    become('False', 'ImpersonationForbidden', name)
  }
  await rig.run(rig.start('one'), 70_000)
  expect(rig.accepted.map(({ said: what, count }) => [what, count])).toEqual([['summary', 300]])
})

it('a policy without a status, or that names a channel that does not exist, is not news', async () => {
  rig.policies.set('new', policy('new', { notifications: [{ channel: 'gone', events: ['PolicyBroken'] }] }))
  become('False', 'ImpersonationForbidden', 'new')
  rig.nowMs = NOW + 120_000
  await rig.run(rig.start('one'), 5000)
  expect(rig.accepted).toEqual([])
})
