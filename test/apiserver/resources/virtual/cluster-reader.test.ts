import { describe, expect, it } from 'vitest'
import { createClusterReader } from '../../../../apiserver/resources/virtual/cluster-reader.ts'
import { StatusError } from '../../../../domain/status-error.ts'
import type { KubeCall, KubeClient } from '../../../../kube/client.ts'
import { notFoundAt } from '../../../fakes/not-found.ts'

function client(answer: (path: string) => unknown): { readonly client: KubeClient; readonly calls: KubeCall[] } {
  const calls: KubeCall[] = []
  const json = <T>(call: KubeCall): Promise<T> => {
    calls.push(call)
    return Promise.resolve().then(() => answer(call.path) as T)
  }
  return { client: { json, raw: () => Promise.reject(new Error('unused')), close: () => Promise.resolve() }, calls }
}

describe('the reader of an impact', () => {
  it('reads each path once, and no more than its bound', async () => {
    const { client: kube, calls } = client(() => ({ items: [] }))
    const reader = createClusterReader(kube)
    await Promise.all([reader.read('/a'), reader.read('/a')])
    expect(calls).toHaveLength(1)
    for (let index = 0; index < 40; index += 1) await reader.read(`/${index}`)
    expect(calls).toHaveLength(24)
    expect(await reader.read('/41')).toMatchObject({ is: 'unreadable' })
  })
  it('asks for metadata alone where names are enough', async () => {
    const { client: kube, calls } = client(() => ({ items: [] }))
    await createClusterReader(kube).read('/api/v1/namespaces/shop/pods', { metadataOnly: true })
    expect(calls[0]?.headers).toEqual({ accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' })
  })
  it('counts without reading more than one object, and never Secrets or ConfigMaps', async () => {
    const { client: kube, calls } = client(() => ({ metadata: { remainingItemCount: 41 }, items: [{}] }))
    const reader = createClusterReader(kube)
    expect(await reader.count('deployments.apps', 'shop')).toEqual({ is: 'there', value: 42 })
    expect(calls.map(({ path }) => path)).toEqual(['/apis/apps/v1/namespaces/shop/deployments?limit=1'])
    for (const kind of ['secrets', 'configmaps', 'toString']) expect(await reader.count(kind, 'shop')).toMatchObject({ is: 'unreadable' })
    expect(calls).toHaveLength(1)
  })
  it('says what does not exist and what may not be read', async () => {
    const { client: kube } = client((path) => {
      if (path === '/api/v1/things/absent') throw notFoundAt(path)
      throw new StatusError(path === '/unserved' ? 'NotFound' : 'Forbidden', 'no')
    })
    const reader = createClusterReader(kube)
    expect(await reader.read('/api/v1/things/absent')).toEqual({ is: 'absent' })
    // A path that is not served says nothing about an object.
    expect(await reader.read('/unserved')).toEqual({ is: 'unreadable', why: 'no' })
    expect(await reader.read('/forbidden')).toEqual({ is: 'unreadable', why: 'no' })
  })
})
