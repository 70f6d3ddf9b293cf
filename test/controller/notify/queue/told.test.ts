import { expect, it } from 'vitest'
import { createToldMemory } from '../../../../controller/notify/queue/told.ts'
import { NOW } from '../../../domain/builders.ts'
import { at, request } from '../samples.ts'

const sent = (event: 'Requested' | 'Decided', message = 'm1') => ({ event, outcome: 'Sent' as const, time: at(NOW), message })
const stored = (events: readonly ('Requested' | 'Decided')[], message = 'm1') =>
  request(
    'r1',
    {},
    { notifications: [{ channel: 'a', events: events.map((event) => ({ event, outcome: 'Sent' as const, time: at(NOW) })), message }] },
  )

it('what the status says is not kept in memory as well', () => {
  const told = createToldMemory()
  told.add(request('r1'), 'a', sent('Requested'))
  told.stored(stored(['Requested']))
  expect(told.all(request('r1'))).toEqual([])
})

it('what the status does not say yet is kept', () => {
  const told = createToldMemory()
  told.add(request('r1'), 'a', sent('Requested'))
  told.add(request('r1'), 'b', sent('Requested'))
  told.add(stored(['Requested']), 'c', sent('Decided'))
  told.stored(request('r1', {}, { notifications: [{ channel: 'c', events: [], message: 'm1' }] }))
  told.add(stored(['Requested']), 'a', sent('Decided', 'm2'))
  told.stored(stored(['Requested']))
  told.stored(stored(['Requested', 'Decided']))
  expect(told.all(request('r1'))).toMatchObject([
    { channel: 'a', events: [{ event: 'Requested' }, { event: 'Decided' }], message: 'm2' },
    { channel: 'b' },
    { channel: 'c' },
  ])
})
