import { expect, it } from 'vitest'
import { readSecret } from '../../certificates/secrets.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { notFoundAt } from '../fakes/not-found.ts'

const reading = (failure: (path: string) => StatusError) =>
  readSecret({ json: ({ path }: { readonly path: string }) => Promise.reject(failure(path)) } as unknown as KubeClient, 'jit-system', 'ca')

it('a Secret is absent only if the server says so of it, since an absent authority is made again', async () => {
  expect(await reading(notFoundAt)).toBeUndefined()
  await expect(reading(() => new StatusError('NotFound', 'the server could not find the requested resource'))).rejects.toThrow('requested resource')
  await expect(reading(() => notFoundAt('/api/v1/namespaces/jit-system'))).rejects.toThrow('not found')
})
