import { expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import type { KubeClient } from '../../../kube/client.ts'
import { createKubeStore } from '../../../login/state/kube-store.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

const storeOf = (failure: (path: string) => StatusError) =>
  createKubeStore({ json: ({ path }: { readonly path: string }) => Promise.reject(failure(path)) } as unknown as KubeClient)
const CALLS: readonly (readonly [string, (store: ReturnType<typeof storeOf>) => Promise<unknown>])[] = [
  ['get', (store) => store.get('a')],
  ['replace', (store) => store.replace('a', { type: 'Person', value: 'x', expiresAtMs: 0, version: '1' })],
  ['remove', (store) => store.remove('a')],
]

it.each(CALLS)('%s: an item is gone only if the server says so of it, since another 404 would end sessions', async (_, call) => {
  expect((await call(storeOf(notFoundAt))) || undefined).toBeUndefined()
  await expect(call(storeOf(() => new StatusError('NotFound', 'the server could not find the requested resource')))).rejects.toThrow(
    'requested resource',
  )
})
