import { API_VERSION, objectPath } from '../../../domain/api/names.ts'
import { saysAbsent, StatusError } from '../../../domain/status-error.ts'
import type { KubeClient } from '../../../kube/client.ts'
import { resourceOf, type NoticeSubject } from './about.ts'
import type { NotifiedObject, DeliveryMemory } from './delivery-memory.ts'

const ATTEMPTS = 5

/**
 * Writes what channels were told into the status of the object. Under the resourceVersion that was read, so that a former leader loses nothing that
 * this one wrote. Returns without effect if the object is gone. @throws StatusError
 */
export async function saveDeliveries(client: KubeClient, deliveries: DeliveryMemory, { kind, object: { metadata } }: NoticeSubject): Promise<void> {
  const path = objectPath(`/apis/${API_VERSION}/${resourceOf({ kind })}`, metadata.name)
  for (let attempt = 1; ; attempt++) {
    try {
      const current = await client.json<NotifiedObject>({ method: 'GET', path })
      if (current.metadata.uid !== metadata.uid) return
      await client.json({
        method: 'PUT',
        path: `${path}/notifications`,
        query: { fieldManager: 'jit-controller' },
        body: { ...current, apiVersion: API_VERSION, kind, status: { ...current.status, notifications: deliveries.all(current) } },
      })
      return
    } catch (error) {
      if (saysAbsent(error, { resource: resourceOf({ kind }), name: metadata.name })) return
      if (!(error instanceof StatusError && error.code === 409 && attempt < ATTEMPTS)) throw error
    }
  }
}
