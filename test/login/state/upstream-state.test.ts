import { expect, it } from 'vitest'
import { createSharedState } from '../../../login/state/shared-state.ts'
import { upstreamState } from '../../../login/state/upstream-state.ts'
import { clock, keys, memory } from './memory-store.ts'

const stateOf = () => createSharedState(memory().store, { keys: () => keys, clock, bounds: { 'Upstream-request': { all: 100, each: 2 } } })
const until = (owner: string) => ({ ttlSeconds: 60, owner })

it('remembers once what an upstream names, and what another names by the same text apart', async () => {
  const state = stateOf()
  const [corp, partner] = [upstreamState(state, 'corp'), upstreamState(state, 'partner')]
  expect([await corp.remember('request', 'one', until('alice')), await corp.remember('request', 'one', until('bob'))]).toEqual(['new', 'seen'])
  expect(await partner.remember('request', 'one', until('alice'))).toBe('new')
})
it('a person who signs in again and again fills their own room only', async () => {
  const state = stateOf()
  const [corp, partner] = [upstreamState(state, 'corp'), upstreamState(state, 'partner')]
  for (const key of ['one', 'two']) await corp.remember('request', key, until('mallory'))
  await expect(corp.remember('request', 'three', until('mallory'))).rejects.toMatchObject({ reason: 'TooManyRequests' })
  expect(await corp.remember('request', 'four', until('alice'))).toBe('new')
  expect(await partner.remember('request', 'five', until('mallory'))).toBe('new')
})
