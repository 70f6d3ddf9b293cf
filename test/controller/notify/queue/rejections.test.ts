import { beforeEach, expect, it } from 'vitest'
import { DeliveryError } from '../../../../controller/notify/channels/channel.ts'
import { createRig, type Rig } from '../rig.ts'
import { request } from '../notified-objects.ts'

const rejected = () => new DeliveryError('Rejected', 'the receiver answered 400')
let rig: Rig
beforeEach(() => {
  rig = createRig()
})
const said = (): readonly string[] => rig.accepted.map((each) => each.said)
const by = (name: string, username: string) => request(name, { requester: { username } })

it('a channel does not slow down others because it rejects the messages of some', async () => {
  rig.failing = (what) => (what.startsWith('bad') ? rejected() : undefined)
  for (let index = 0; index < 6; index++) rig.put(by(`bad-${index}`, `x-${index}`))
  const notifier = rig.start('one')
  await rig.run(notifier, 8000)
  rig.put(by('good', 'y'))
  await rig.run(notifier, 2000)
  expect(said()).toEqual(['good Requested'])
})

it('a channel does not pause for others when it names a time with a rejection', async () => {
  rig.failures.set('a', [new DeliveryError('Rejected', 'the receiver answered 422', { retryAfterMs: 600_000 })])
  rig.put(by('bad', 'x'))
  const notifier = rig.start('one')
  await notifier.pass()
  rig.put(by('good', 'y'))
  await rig.run(notifier, 60_000)
  expect(said()).toEqual(['good Requested'])
  await rig.run(notifier, 600_000)
  expect(said()).toEqual(['good Requested', 'bad Requested'])
})

it('a channel gets the events of a summary that it rejects one at a time, and none of them is lost for the fault of another', async () => {
  for (let index = 0; index < 25; index++) rig.put(by(`r-${index}`, `u-${index}`))
  rig.failures.set('a', [rejected()])
  rig.failing = (what) => (what === 'r-7 Requested' ? rejected() : undefined)
  const notifier = rig.start('one')
  await rig.run(notifier, 120_000)
  expect(said()).toHaveLength(24)
  expect(said()).not.toContain('summary')
  expect(rig.requests.get('r-7')?.status?.notifications).toMatchObject([{ events: [{ outcome: 'GivenUp' }] }])
})

it('a request that no message can be made of delays no other', async () => {
  for (let index = 0; index < 5; index++) {
    const broken = by(`broken-${index}`, `x-${index}`)
    rig.put({ ...broken, spec: { ...broken.spec, rules: [{} as never] } })
  }
  const notifier = rig.start('one')
  await rig.run(notifier, 6000)
  rig.put(by('good', 'y'))
  await rig.run(notifier, 2000)
  expect(said()).toEqual(['good Requested'])
})
