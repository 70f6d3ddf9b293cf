import { expect, it } from 'vitest'
import { createCurrentPolicies } from '../../../controller/configuration/current-policies.ts'
import { policy } from '../../domain/builders.ts'

it('policies are used while this process leads, and only after they were current under this leadership', () => {
  const list = [policy('agents', {})]
  const state = { leads: false, synced: true, staleMs: 0 }
  const current = createCurrentPolicies({ list: () => list, synced: () => state.synced, staleForMs: () => state.staleMs }, () => state.leads)
  const after = (change: Partial<typeof state>) => (Object.assign(state, change), current())
  expect(after({})).toBeUndefined()
  expect(after({ leads: true, staleMs: 5_000 })).toBeUndefined()
  expect(after({ staleMs: 0 })).toBe(list)
  expect(after({ staleMs: 5_000 })).toBe(list)
  expect(after({ leads: false })).toBeUndefined()
  expect(after({ leads: true })).toBeUndefined()
  expect(after({ staleMs: 0, synced: false })).toBeUndefined()
  expect(after({ synced: true })).toBe(list)
})
