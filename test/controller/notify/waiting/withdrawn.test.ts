import { expect, it } from 'vitest'
import { createWithdrawnRequests } from '../../../../controller/notify/waiting/withdrawn.ts'
import { NOW } from '../../../domain/builders.ts'
import { request } from '../notified-objects.ts'

it('a requester who files and deletes many requests leaves places for others', () => {
  const withdrawn = createWithdrawnRequests({ nowMs: () => NOW }, () => undefined)
  for (let index = 0; index < 2000; index++) withdrawn.add(request(`flood-${index}`, { requester: { username: `system:serviceaccount:ci:bot` } }))
  expect(withdrawn.add(request('second-name', { requester: { username: 'jit.access:serviceaccount:ci:bot' } }))).toBe(false)
  expect(withdrawn.add(request('other', { requester: { username: 'other' } }))).toBe(true)
  expect(withdrawn.list()).toHaveLength(51)
})
