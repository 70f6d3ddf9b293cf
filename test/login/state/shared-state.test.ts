import { describe, expect, it } from 'vitest'
import { createPeople } from '../../../login/state/people.ts'
import { createSharedState, type SharedState } from '../../../login/state/shared-state.ts'
import type { StateStore } from '../../../login/state/store.ts'
import { clock, keys, memory } from './memory-store.ts'

const stateOn = (store: StateStore): SharedState => createSharedState(store, { keys: () => keys, clock, bounds: { Used: { all: 3, each: 2 } } })
const once = (state: SharedState, name: string) => state.create('Used', name, { content: {}, ttlSeconds: 60, owner: 'alice' })

describe('the shared state', () => {
  it('counts what was made, and not the attempts to use something again', async () => {
    const state = stateOn(memory().store)
    expect(await once(state, 'one')).toBeDefined()
    for (let attempt = 0; attempt < 10; attempt += 1) expect(await once(state, 'one')).toBeUndefined()
    expect(await once(state, 'two')).toBeDefined()
    await expect(once(state, 'three')).rejects.toMatchObject({ reason: 'TooManyRequests' })
  })
  it('ends when its sealed content does, whatever end a writer of the store gives it', async () => {
    const { store, items } = memory()
    const state = stateOn(store)
    await once(state, 'one')
    for (const [name, item] of items) items.set(name, { ...item, expiresAtMs: Number.MAX_SAFE_INTEGER })
    expect((await state.get('Used', 'one'))?.expiresAtMs).toBe(clock.nowMs() + 60_000)
  })
  it('opens nothing that was moved to another key or type', async () => {
    const { store, items } = memory()
    const state = stateOn(store)
    await state.create('Used', 'one', { content: { a: 1 }, ttlSeconds: 60 })
    await state.create('Used', 'two', { content: { a: 2 }, ttlSeconds: 60 })
    await state.create('Other', 'one', { content: { a: 3 }, ttlSeconds: 60 })
    const [first, ...others] = items.keys()
    const moved = items.get(first ?? '')
    for (const name of others) if (moved !== undefined) items.set(name, moved)
    expect(await state.get('Used', 'one')).toMatchObject({ content: { a: 1 } })
    expect([await state.get('Used', 'two'), await state.get('Other', 'one')]).toEqual([undefined, undefined])
  })
})

const peopleOn = (state: SharedState) => createPeople({ state, clock, prefixOf: () => '', reserved: ['ci:'] })

describe('people', () => {
  it('who get a new NameID each time fill their own room only', async () => {
    const people = peopleOn(createSharedState(memory().store, { keys: () => keys, clock, bounds: { LogoutName: { all: 100, each: 2 } } }))
    const signIn = (name: string, nameID: string) =>
      people.signIn({ name, groups: [], upstream: 'corp', authenticatedAt: clock.nowMs(), logout: { nameID } })
    await signIn('mallory', '1')
    await signIn('mallory', '2')
    await expect(signIn('mallory', '3')).rejects.toMatchObject({ reason: 'TooManyRequests' })
    expect((await signIn('alice', '4')).person.name).toBe('alice')
  })
  it.each(['ci:shop', 'CI:shop'])('are never called %s, like an agent', (name) =>
    expect(() => peopleOn(stateOn(memory().store)).named({ name, groups: [], upstream: 'corp', authenticatedAt: 0 })).toThrow(
      'like that of an agent',
    ),
  )
})
