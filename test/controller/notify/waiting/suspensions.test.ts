import { beforeEach, describe, expect, it } from 'vitest'
import { concernedPolicies } from '../../../../controller/notify/waiting/concerned-policies.ts'
import { DeliveryError } from '../../../../controller/notify/channels/channel.ts'
import type { AccessSuspension, AccessSuspensionSpec } from '../../../../domain/api/access-suspension.ts'
import { NOW, policy } from '../../../domain/builders.ts'
import { channelNamed, createNotifierFixture, type NotifierFixture } from '../notifier-fixture.ts'
import { at, request } from '../notified-objects.ts'

const suspension = (spec: Partial<AccessSuspensionSpec>, name = 's1', createdMs = NOW): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name, uid: `uid-${name}`, creationTimestamp: at(createdMs), resourceVersion: '1' },
  spec: { reason: 'it went wild', suspendedBy: { username: 'oidc:oncall' }, ...spec },
})
let fixture: NotifierFixture
beforeEach(() => {
  fixture = createNotifierFixture([{ channel: 'a', events: ['Requested', 'Suspended'] }, { channel: 'b' }])
})
const put = (object: AccessSuspension): void => void fixture.suspensions.set(object.metadata.name, object)
function lift(name = 's1'): void {
  const old = fixture.suspensions.get(name)
  if (old === undefined) throw new Error(name)
  const conditions = [{ type: 'Lifted', status: 'True' as const, message: 'fixed', lastTransitionTime: at(fixture.nowMs) }]
  const metadata = { ...old.metadata, resourceVersion: `l${fixture.nowMs}` }
  put({ ...old, metadata, status: { ...old.status, conditions, liftedBy: { username: 'oidc:lead' } } })
}
const said = (channel = 'a'): readonly string[] => fixture.accepted.filter((each) => each.channel === channel).map((each) => each.said)

it('a suspension is told once, and that it was lifted, to the channels that ask for it', async () => {
  put(suspension({ all: true }))
  const notifier = fixture.start('one')
  await fixture.run(notifier, 3000)
  lift()
  await fixture.run(notifier, 3000)
  expect([said('a'), said('b')]).toEqual([['s1 Suspended', 's1 Lifted'], []])
  expect(fixture.accepted[1]?.previous).toBe('one-1')
  expect(fixture.suspensions.get('s1')?.status?.notifications).toMatchObject([
    {
      channel: 'a',
      message: 'one-2',
      events: [
        { event: 'Suspended', outcome: 'Sent' },
        { event: 'Lifted', outcome: 'Sent' },
      ],
    },
  ])
})

it('another leader continues from the store and repeats nothing, also when it was lifted meanwhile', async () => {
  put(suspension({ all: true }))
  await fixture.run(fixture.start('one'), 3000)
  fixture.leader = 'two'
  await fixture.run(fixture.start('two'), 3000)
  expect(said()).toEqual(['s1 Suspended'])
  lift()
  fixture.leader = 'three'
  await fixture.run(fixture.start('three'), 3000)
  expect(said()).toEqual(['s1 Suspended', 's1 Lifted'])
})

it('a channel that was notified of a suspension is notified of its end, although its policy does not ask any longer', async () => {
  put(suspension({ all: true }))
  const notifier = fixture.start('one')
  await fixture.run(notifier, 2000)
  fixture.policies.set('agents', policy('agents', { notifications: [{ channel: 'a' }] }))
  lift()
  await fixture.run(notifier, 2000)
  expect(said()).toEqual(['s1 Suspended', 's1 Lifted'])
})

it('a suspension that is lifted before it is told is one message', async () => {
  put(suspension({ all: true }))
  lift()
  await fixture.run(fixture.start('one'), 3000)
  expect(said()).toEqual(['s1 Lifted'])
})

it('no flood of requests hides or delays a suspension', async () => {
  const notifier = fixture.start('one')
  for (let index = 0; index < 500; index++) fixture.put(request(`flood-${index}`, { requester: { username: `u${index % 40}` } }))
  put(suspension({ all: true }))
  await notifier.pass()
  expect(said()).toEqual(['s1 Suspended'])
})

it('a suspension that is older than the channel, or older than a day, is not news', async () => {
  put(suspension({ all: true }, 'old', NOW - 120_000))
  await fixture.run(fixture.start('one'), 2000)
  expect(said()).toEqual([])
  const channel = channelNamed('a')
  fixture.channels.set('a', { ...channel, metadata: { ...channel.metadata, creationTimestamp: at(NOW - 90 * 86_400_000) } })
  put(suspension({ all: true }, 'older', NOW - 25 * 3_600_000))
  await fixture.run(fixture.start('one'), 2000)
  expect(said()).toEqual(['old Suspended'])
})

it('is tried again when the channel fails, and does not stop requests from being told', async () => {
  fixture.failing = (what) => (what.startsWith('s1') ? new DeliveryError('Unavailable', 'the receiver answered 503') : undefined)
  put(suspension({ all: true }))
  fixture.put(request('r1'))
  const notifier = fixture.start('one')
  await fixture.run(notifier, 10_000)
  expect(said()).toEqual(['r1 Requested'])
  delete fixture.failing
  await fixture.run(notifier, 60_000)
  expect(said()).toEqual(['r1 Requested', 's1 Suspended'])
})

describe('the policies that are concerned', () => {
  const agents = policy('agents')
  const bots = policy('bots', { subjects: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }] })
  const inCI = policy('in-ci', { subjects: [{ kind: 'Group', name: 'system:serviceaccounts:ci' }] })
  const person = policy('person', { subjects: [{ kind: 'User', name: 'oidc:Ann' }] })
  const all = [agents, bots, inCI, person]
  const names = (spec: Partial<AccessSuspensionSpec>, requests = [request('r1', { requester: { username: 'oidc:agent', groups: ['oidc:ops'] } })]) =>
    concernedPolicies(suspension(spec), all, requests).map(({ metadata }) => metadata.name)

  it.each<[string, Partial<AccessSuspensionSpec>, readonly string[]]>([
    ['all', { all: true }, ['agents', 'bots', 'in-ci', 'person']],
    ['one policy', { policy: 'bots' }, ['bots']],
    ['a policy that does not exist', { policy: 'gone' }, []],
    ['a group', { subjects: [{ kind: 'Group', name: 'oidc:agents' }] }, ['agents']],
    ['a user, without regard to case', { subjects: [{ kind: 'User', name: 'oidc:ann' }] }, ['person']],
    ['a ServiceAccount and its groups', { subjects: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }] }, ['bots', 'in-ci']],
    ['a ServiceAccount by its other name', { subjects: [{ kind: 'User', name: 'jit.access:serviceaccount:ci:bot' }] }, ['bots']],
    ['a user who asked before', { subjects: [{ kind: 'User', name: 'oidc:AGENT' }] }, ['agents']],
    ['a group whose members asked before', { subjects: [{ kind: 'Group', name: 'oidc:ops' }] }, ['agents']],
    ['a user of whom nothing is known', { subjects: [{ kind: 'User', name: 'oidc:new' }] }, ['agents', 'bots', 'in-ci', 'person']],
    [
      'two subjects',
      {
        subjects: [
          { kind: 'Group', name: 'oidc:agents' },
          { kind: 'User', name: 'oidc:ann' },
        ],
      },
      ['agents', 'person'],
    ],
  ])('of %s', (_, spec, expected) => expect(names(spec)).toEqual(expected))
})
