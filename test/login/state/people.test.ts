import { expect, it } from 'vitest'
import { createPeople, type Person } from '../../../login/state/people.ts'
import { createSharedState } from '../../../login/state/shared-state.ts'
import { clock, keys, memory } from './memory-store.ts'

const state = createSharedState(memory().store, { keys: () => keys, clock, bounds: {} })
const people = createPeople({ state, clock, prefixOf: () => '', reserved: [] })

const SIGNED_IN = clock.nowMs() / 1000
const PERSON = { name: 'alice', groups: [], upstream: 'corp', authenticatedAt: SIGNED_IN, notAfterSignIn: 0 }

it.each<readonly [string, Partial<Person>, boolean]>([
  ['that ends a second later', { endsAtMs: clock.nowMs() + 1000 }, true],
  ['that ends within this second', { endsAtMs: clock.nowMs() + 999 }, false],
  ['that has ended', { endsAtMs: clock.nowMs() }, false],
  ['whose end is unknown', {}, false],
])('a person of a session %s: %j, found %s', async (name, end, isFound) => {
  await state.create('Person', name, { content: { ...PERSON, ...end }, ttlSeconds: 60 })
  expect((await people.find(name, SIGNED_IN)) !== undefined).toBe(isFound)
})
