import { expect, it } from 'vitest'
import { createDeliveryMemory } from '../../../../controller/notify/queue/delivery-memory.ts'
import { saveDeliveries } from '../../../../controller/notify/queue/save-deliveries.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import type { KubeClient } from '../../../../kube/client.ts'
import { notFoundAt } from '../../../fakes/not-found.ts'
import { request } from '../notified-objects.ts'

const saving = (failure: (path: string) => StatusError): Promise<void> => {
  const client = { json: ({ path }: { readonly path: string }) => Promise.reject(failure(path)) } as unknown as KubeClient
  return saveDeliveries(client, createDeliveryMemory(), { kind: 'AccessRequest', object: request('r1') })
}

it('deliveries are given up only if the server says that the object is gone, and are saved again after another 404', async () => {
  expect(await saving(notFoundAt)).toBeUndefined()
  await expect(saving(() => new StatusError('NotFound', 'the server could not find the requested resource'))).rejects.toThrow('requested resource')
})

it('deliveries are saved again after a conflict, five times at most', async () => {
  let writes = 0
  const conflicts = (count: number): Promise<void> => {
    writes = 0
    const json = ({ method }: { readonly method: string }) => {
      if (method === 'PUT') writes += 1
      return method === 'PUT' && writes <= count
        ? Promise.reject(new StatusError('Conflict', 'changed', { code: 409 }))
        : Promise.resolve(request('r1'))
    }
    return saveDeliveries({ json } as unknown as KubeClient, createDeliveryMemory(), { kind: 'AccessRequest', object: request('r1') })
  }
  await conflicts(4)
  expect(writes).toBe(5)
  await expect(conflicts(5)).rejects.toThrow('changed')
  expect(writes).toBe(5)
})
