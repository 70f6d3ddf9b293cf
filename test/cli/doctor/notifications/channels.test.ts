import { expect, it } from 'vitest'
import { checkChannels } from '../../../../cli/doctor/notifications/channels.ts'
import { createCluster } from '../../../../cli/doctor/visible-cluster.ts'
import type { Finding } from '../../../../domain/doctor/finding.ts'
import { fakeIO } from '../../../fakes/io.ts'

async function examine(named: readonly string[], channels: readonly object[]): Promise<readonly Finding[]> {
  const policies = [{ metadata: { name: 'agents' }, spec: { subjects: [], notifications: named.map((channel) => ({ channel })) } }]
  const { kubectl } = fakeIO({
    'GET /apis/jit.access/v1/accesspolicies': () => ({ items: policies }),
    'GET /apis/jit.access/v1/notificationchannels': () => ({ items: channels }),
  })
  return checkChannels(createCluster(kubectl))
}
const channel = (ready?: object, more: object = {}, generation = 1): object => ({
  metadata: { name: 'chat', generation },
  spec: { events: {} },
  status: { conditions: ready === undefined ? [] : [{ type: 'Ready', observedGeneration: 1, ...ready }], ...more },
})

it('says that a channel works, or why not', async () => {
  expect(await examine(['chat'], [channel({ status: 'True' })])).toMatchObject([{ verdict: 'good' }])
  expect(await examine(['chat'], [channel({ status: 'False', reason: 'Unready', message: 'key slack is missing' })])).toMatchObject([
    { verdict: 'bad', message: 'channel "chat" does not work (Unready): key slack is missing' },
  ])
  expect(await examine(['chat'], [channel({ status: 'True' }, { givenUp: 2 })])).toMatchObject([{ verdict: 'good' }, { verdict: 'warning' }])
})
it('does not know of a channel that got no message since it was changed', async () => {
  expect(await examine(['chat'], [channel()])).toMatchObject([{ verdict: 'unknown' }])
  expect(await examine(['chat'], [channel({ status: 'True' }, {}, 2)])).toMatchObject([{ verdict: 'unknown' }])
})
it('names a channel that does not exist, and the policy that names it', async () => {
  expect(await examine(['gone'], [channel({ status: 'True' })])).toMatchObject([
    { verdict: 'bad', message: 'channel "gone" does not exist, and policy "agents" names it' },
  ])
})
it('is content without channels', async () => {
  expect(await examine([], [])).toMatchObject([{ verdict: 'good' }])
})
