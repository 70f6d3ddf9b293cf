import { expect, it } from 'vitest'
import { createDeliveryMemory } from '../../../../controller/notify/queue/delivery-memory.ts'
import { NOW } from '../../../domain/builders.ts'
import { at, request } from '../notified-objects.ts'

const sent = (event: 'Requested' | 'Decided', message = 'm1') => ({ event, outcome: 'Sent' as const, time: at(NOW), message })
const stored = (events: readonly ('Requested' | 'Decided')[], message = 'm1') =>
  request(
    'r1',
    {},
    { notifications: [{ channel: 'a', events: events.map((event) => ({ event, outcome: 'Sent' as const, time: at(NOW) })), message }] },
  )

it('what the status says is not kept in memory as well', () => {
  const deliveries = createDeliveryMemory()
  deliveries.add(request('r1'), 'a', sent('Requested'))
  deliveries.stored(stored(['Requested']))
  expect(deliveries.all(request('r1'))).toEqual([])
})

it('what the status does not say yet is kept', () => {
  const deliveries = createDeliveryMemory()
  deliveries.add(request('r1'), 'a', sent('Requested'))
  deliveries.add(request('r1'), 'b', sent('Requested'))
  deliveries.add(stored(['Requested']), 'c', sent('Decided'))
  deliveries.stored(request('r1', {}, { notifications: [{ channel: 'c', events: [], message: 'm1' }] }))
  deliveries.add(stored(['Requested']), 'a', sent('Decided', 'm2'))
  deliveries.stored(stored(['Requested']))
  deliveries.stored(stored(['Requested', 'Decided']))
  expect(deliveries.all(request('r1'))).toMatchObject([
    { channel: 'a', events: [{ event: 'Requested' }, { event: 'Decided' }], message: 'm2' },
    { channel: 'b' },
    { channel: 'c' },
  ])
})

it('what another leader has stored meanwhile is not lost', () => {
  const deliveries = createDeliveryMemory()
  deliveries.add(request('r1'), 'a', sent('Requested'))
  expect(deliveries.of(stored(['Decided']), 'a')?.events.map(({ event }) => event)).toEqual(['Decided', 'Requested'])
})
