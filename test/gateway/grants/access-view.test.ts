import { expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { createAccessView } from '../../../gateway/grants/access-view.ts'
import type { KubeClient } from '../../../kube/client.ts'
import type { Informer } from '../../../kube/informer.ts'
import type { AccessSuspension } from '../../../domain/api/access-suspension.ts'

const grantOf = (name: string, username: string): AccessGrant => ({ metadata: { name }, spec: { subject: { username } } }) as unknown as AccessGrant

/** A fake informer, which returns the same list until it changes. */
function copyOf<T>(state: { list: readonly T[]; staleMs: number; away?: boolean }): Informer<T> {
  return { away: () => state.away === true, list: () => state.list, synced: () => true, staleForMs: () => state.staleMs } as unknown as Informer<T>
}

function viewOf(grants: readonly AccessGrant[]) {
  const state = { list: grants, staleMs: 0 }
  const policies = copyOf<AccessPolicy>({ list: [], staleMs: 0 })
  const suspensions = copyOf<AccessSuspension>({ list: [], staleMs: 0 })
  return { state, view: createAccessView({ client: {} as KubeClient, policies, suspensions, grants: copyOf(state) }) }
}

it('returns only the grants of the given user, also for names such as `__proto__`', () => {
  const { view } = viewOf([grantOf('a', 'one'), grantOf('b', 'two'), grantOf('c', 'one')])
  expect(view.grantsOf('one').map(({ metadata }) => metadata.name)).toEqual(['a', 'c'])
  for (const user of ['', 'On', '__proto__', 'constructor']) expect(view.grantsOf(user)).toEqual([])
})

it('returns changed grants, and throws when the cache is out of date', () => {
  const { state, view } = viewOf([grantOf('a', 'one')])
  expect(view.grantsOf('one')).toHaveLength(1)
  state.list = [grantOf('b', 'two')]
  expect([view.grantsOf('one'), view.grantsOf('two').length]).toEqual([[], 1])
  state.staleMs = 60_000
  expect(() => view.grantsOf('two')).toThrow(/out of date/)
})

it('returns the last known grants and their age for a limited time while the API server is unavailable', () => {
  const state = { list: [grantOf('a', 'one')], staleMs: 9_000, away: true }
  const policies = copyOf<AccessPolicy>({ list: [], staleMs: 0 })
  const suspensions = copyOf<AccessSuspension>({ list: [], staleMs: 0 })
  const view = createAccessView({ client: {} as KubeClient, policies, suspensions, grants: copyOf(state), lastKnownMs: 60_000 })
  expect([view.grantsOf('one').length, view.outdatedForMs()]).toEqual([1, 0])
  state.staleMs = 60_000
  expect([view.grantsOf('one').length, view.outdatedForMs()]).toEqual([1, 60_000])
  state.staleMs = 60_001
  expect(() => view.grantsOf('one')).toThrow(/out of date/)
  expect(view.outdatedForMs()).toBe(Infinity)
  Object.assign(state, { staleMs: 11_000, away: false })
  expect(() => view.grantsOf('one')).toThrow(/out of date/)
})

it('looks up a grant of any user by its name, and not when the cache is out of date', () => {
  const state = { list: [grantOf('a', 'one')], staleMs: 0 }
  const policies = copyOf<AccessPolicy>({ list: [], staleMs: 0 })
  const suspensions = copyOf<AccessSuspension>({ list: [], staleMs: 0 })
  const grants = { ...copyOf(state), get: (name: string) => state.list.find(({ metadata }) => metadata.name === name) }
  const view = createAccessView({ client: {} as KubeClient, policies, suspensions, grants })
  expect([view.grantNamed?.('a')?.metadata.name, view.grantNamed?.('b')]).toEqual(['a', undefined])
  state.staleMs = 60_000
  expect(() => view.grantNamed?.('a')).toThrow(/out of date/)
})
