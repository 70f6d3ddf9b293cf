import { expect, it } from 'vitest'
import { createPolls } from '../../../login/provider/device/polls.ts'
import { storedAdapter, type StoredModel } from '../../../login/provider/stored-adapter.ts'
import { createSharedState } from '../../../login/state/shared-state.ts'
import { clock, keys, memory } from '../state/memory-store.ts'
import { asRequest } from './scope.ts'

it.each(['AuthorizationCode', 'RefreshToken', 'DeviceCode'] as const)(
  'ends what the other request got when two use one %s at the same moment',
  async (model) => {
    const state = createSharedState(memory().store, { keys: () => keys, clock })
    const adapterOf = (name: StoredModel) => storedAdapter(name, { state, clock, polls: createPolls(clock) })
    const [used, grants] = [adapterOf(model), adapterOf('Grant')]
    const id = 'grant~text'
    await asRequest(async () => {
      await grants.upsert('grant', { accountId: 'alice', jti: 'grant' }, 600)
      await used.upsert(id, { accountId: 'alice', grantId: 'grant', jti: id }, 60)
    })
    const read = Promise.withResolvers<void>()
    let readers = 0
    const use = (): Promise<void> =>
      asRequest(async () => {
        expect(await adapterOf(model).find(id)).toMatchObject({ accountId: 'alice' })
        readers += 1
        if (readers === 2) read.resolve()
        await read.promise
        await used.consume(id)
      })
    const uses = await Promise.allSettled([use(), use()])
    expect(uses.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await asRequest(() => grants.find('grant'))).toBeUndefined()
  },
)

it('counts device codes by the client that asks for them: IPv6 addresses of one site are one', async () => {
  const state = createSharedState(memory().store, { keys: () => keys, clock, bounds: { DeviceCode: { all: 10, each: 1 } } })
  const codes = storedAdapter('DeviceCode', { state, clock, polls: createPolls(clock) })
  const make = (id: string, ip: string): Promise<unknown> => asRequest(async () => await codes.upsert(id, { jti: id }, 300), ip)
  await make('one', '2001:db8::1')
  for (const address of ['2001:db8::2', '2001:db8:0:1::1']) await expect(make('two', address)).rejects.toMatchObject({ reason: 'TooManyRequests' })
  await make('three', '2001:db8:1::1')
})
