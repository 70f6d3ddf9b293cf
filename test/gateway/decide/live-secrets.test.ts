import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLiveSecrets, type LiveSecret } from '../../../gateway/decide/live-secrets.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'

function secrets(items: readonly LiveSecret[] = []) {
  const calls: KubeCall[] = []
  const json = (call: KubeCall): Promise<unknown> => {
    calls.push(call)
    return Promise.resolve({ items })
  }
  return { ...createLiveSecrets({ json } as KubeClient), calls }
}
const secret = (name: string, data?: LiveSecret['data']): LiveSecret => ({
  metadata: { name, resourceVersion: '1' },
  ...(data === undefined ? {} : { data }),
})

describe('a Secret that is read live', () => {
  it('is the one of that name', async () => {
    const { find, calls } = secrets([secret('other'), secret('db', { password: 'cA==' })])
    expect(await find('shop', 'db')).toEqual(secret('db', { password: 'cA==' }))
    expect(calls).toEqual([{ method: 'GET', path: '/api/v1/namespaces/shop/secrets', query: { fieldSelector: 'metadata.name=db' } }])
  })
  it('is undefined when no Secret has that name', async () => {
    expect(await secrets([secret('other')]).find('shop', 'db')).toBeUndefined()
  })
  it('reads nothing for a text that cannot be a name', async () => {
    // A name may not change the path or the selector of the request, which is made with rights of the gateway.
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('', '..', 'a/b', 'a,metadata.namespace=kube-system', 'a=b', 'a%2fb', 'A', '-a', 'a-', 'a'.repeat(254)),
    )
    await fc.assert(
      fc.asyncProperty(
        text.filter((each) => !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(each)),
        async (strange) => {
          const { find, releases, calls } = secrets()
          expect(await find(strange, 'db')).toBeUndefined()
          expect(await find('shop', strange)).toBeUndefined()
          expect(await releases(strange)).toEqual([])
          expect(calls).toEqual([])
        },
      ),
    )
  })
  it('gives the decoded releases of Helm, of all or of one name', async () => {
    const { releases, calls } = secrets([secret('sh.helm.release.v1.web.v1', { release: Buffer.from('one').toString('base64') }), secret('empty')])
    expect(await releases('shop')).toEqual([Buffer.from('one')])
    await releases('shop', 'web')
    expect(calls.map(({ query }) => query)).toEqual([
      { labelSelector: 'owner=helm', limit: '200' },
      { labelSelector: 'owner=helm,name=web', limit: '200' },
    ])
    expect(await releases('shop', 'web,owner!=helm')).toEqual([])
    expect(calls).toHaveLength(2)
  })
})
