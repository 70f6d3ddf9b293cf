import { beforeEach, expect, it } from 'vitest'
import { DeliveryError } from '../../../../controller/notify/channels/channel.ts'
import { createNotifierFixture, type NotifierFixture } from '../notifier-fixture.ts'
import { request } from '../notified-objects.ts'

const rejected = () => new DeliveryError('Rejected', 'the receiver answered 400')
let fixture: NotifierFixture
beforeEach(() => {
  fixture = createNotifierFixture()
})
const said = (): readonly string[] => fixture.accepted.map((each) => each.said)
const by = (name: string, username: string) => request(name, { requester: { username } })

it('a channel does not slow down others because it rejects the messages of some', async () => {
  fixture.failing = (what) => (what.startsWith('bad') ? rejected() : undefined)
  for (let index = 0; index < 6; index++) fixture.put(by(`bad-${index}`, `x-${index}`))
  const notifier = fixture.start('one')
  await fixture.run(notifier, 8000)
  fixture.put(by('good', 'y'))
  await fixture.run(notifier, 2000)
  expect(said()).toEqual(['good Requested'])
})

it('a channel does not pause for others when it names a time with a rejection', async () => {
  fixture.failures.set('a', [new DeliveryError('Rejected', 'the receiver answered 422', { retryAfterMs: 600_000 })])
  fixture.put(by('bad', 'x'))
  const notifier = fixture.start('one')
  await notifier.pass()
  fixture.put(by('good', 'y'))
  await fixture.run(notifier, 60_000)
  expect(said()).toEqual(['good Requested'])
  await fixture.run(notifier, 600_000)
  expect(said()).toEqual(['good Requested', 'bad Requested'])
})

it('a channel gets the events of a summary that it rejects one at a time, and none of them is lost for the fault of another', async () => {
  for (let index = 0; index < 25; index++) fixture.put(by(`r-${index}`, `u-${index}`))
  fixture.failures.set('a', [rejected()])
  fixture.failing = (what) => (what === 'r-7 Requested' ? rejected() : undefined)
  const notifier = fixture.start('one')
  await fixture.run(notifier, 120_000)
  expect(said()).toHaveLength(24)
  expect(said()).not.toContain('summary')
  expect(fixture.requests.get('r-7')?.status?.notifications).toMatchObject([{ events: [{ outcome: 'GivenUp' }] }])
})

it('a request that no message can be made of delays no other', async () => {
  for (let index = 0; index < 5; index++) {
    const broken = by(`broken-${index}`, `x-${index}`)
    fixture.put({ ...broken, spec: { ...broken.spec, rules: [{} as never] } })
  }
  const notifier = fixture.start('one')
  await fixture.run(notifier, 6000)
  fixture.put(by('good', 'y'))
  await fixture.run(notifier, 2000)
  expect(said()).toEqual(['good Requested'])
})
