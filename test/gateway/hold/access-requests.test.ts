import { expect, it } from 'vitest'
import { createAccessRequestClient } from '../../../gateway/hold/access-requests.ts'
import { statusErrorOf, type KubeClient } from '../../../kube/client.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

const requests = (error: Error) =>
  createAccessRequestClient({
    client: { json: () => Promise.reject(error) } as unknown as KubeClient,
    followRequest: () => {
      throw new Error('unused')
    },
    clock: { nowMs: () => 0 },
  })

it('takes a request that was deleted as one that failed', async () => {
  expect(await requests(notFoundAt('/apis/jit.access/v1/accessrequests/hold-1')).find('hold-1')).toEqual({ phase: 'Failed', request: undefined })
})

it.each([
  ['kube-apiserver does not serve jit.access', statusErrorOf(404, '404 page not found\n')],
  ['it does not know the path', statusErrorOf(404, JSON.stringify({ kind: 'Status', message: 'no', reason: 'NotFound', details: {}, code: 404 }))],
  ['another object is not found', notFoundAt('/apis/jit.access/v1/accessrequests/hold-2')],
])('says that it cannot read a request while %s: that is an error and not a denial', async (_what, error) => {
  await expect(requests(error).find('hold-1')).rejects.toMatchObject({ code: 503 })
})
