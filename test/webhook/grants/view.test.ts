import { expect, it } from 'vitest'
import { statusErrorOf, type KubeCall, type KubeClient } from '../../../kube/client.ts'
import { createViews } from '../../../webhook/grants/view.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

const NO_INFORMER = { staleForMs: () => Infinity, list: () => [], get: () => undefined } as never
const LISTS = { metadata: { resourceVersion: '1' }, items: [] }

/** A webhook whose read of the grant fails. */
const views = (error: Error) => {
  const json = ({ path }: KubeCall): Promise<unknown> => (path.endsWith('/g1') ? Promise.reject(error) : Promise.resolve(LISTS))
  const options = { policies: NO_INFORMER, grants: NO_INFORMER, suspensions: NO_INFORMER, staleLimitMs: 1, lastKnownMs: 1, onRead: () => undefined }
  return createViews({ client: { json } as unknown as KubeClient, ...options })
}
const asked = { username: 'oidc:agent', grantName: 'g1' }

it('has no grant when the one that the gateway named was deleted', async () => {
  expect((await views(notFoundAt('/apis/jit.access/v1/accessgrants/g1')).fresh(asked)).grants).toEqual([])
})
it('cannot be read while kube-apiserver does not serve grants: that is an error and not a denial', async () => {
  await expect(views(statusErrorOf(404, '404 page not found\n')).fresh(asked)).rejects.toMatchObject({ code: 503 })
})
