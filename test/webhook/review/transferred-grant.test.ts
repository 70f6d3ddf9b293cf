import { afterEach, describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { KubeCall, KubeClient } from '../../../kube/client.ts'
import { createViews } from '../../../webhook/grants/view.ts'
import { grant, NONE_SUSPENDED, policy } from '../../domain/builders.ts'
import { request, serve, short, throughGateway, fixture, type Served, type Fixture } from '../admission-requests.ts'
import { notFoundAt } from '../../fakes/not-found.ts'

const root: AccessGrant = { ...grant({ subject: { username: 'oidc:other' } }), metadata: { name: 'root', uid: 'u1' } }
const revoked: AccessGrant = { ...root, status: { conditions: [{ type: 'Revoked', status: 'True' }] } }
const part = grant({ transferredFrom: [{ grantName: 'root', grantUID: 'u1', username: 'oidc:other' }] })
const viewOf = (...above: readonly AccessGrant[]) => ({
  policies: [policy('agents', { requests: { transfer: { to: [{ kind: 'User', name: 'oidc:agent' }] } } })],
  grants: [part],
  suspensions: NONE_SUSPENDED,
  ancestors: (name: string) => above.find(({ metadata }) => metadata.name === name),
})

let served: Served | undefined
afterEach(() => served?.close())
const ask = async (state: Fixture): Promise<string> => {
  served = await serve(state)
  return short(await served.ask(request('UPDATE apps/v1 deployments/scale shop/web', { userInfo: throughGateway({ 'jit.access/grant': ['g1'] }) })))
}

describe('the webhook', () => {
  it.each([
    ['allows under a part of a grant that lives', [root], 'allow'],
    ['refuses under a part of one that was revoked', [revoked], '403 ask'],
    ['refuses under a part of one that is gone', [], '403 ask'],
  ])('%s', async (_, above, expected) => {
    expect(await ask({ ...fixture([]), cached: viewOf(...above), fresh: viewOf(...above) })).toBe(expected)
  })
  it('reads the grant that another is a part of before it refuses', async () => {
    expect(await ask({ ...fixture([]), cached: viewOf(), fresh: viewOf(root) })).toBe('allow')
  })
})

const NO_INFORMER = { staleForMs: () => Infinity, list: () => [], get: () => undefined } as never

/** jit-apiserver with grants by name, and the calls that it got. */
function api(grants: readonly AccessGrant[]) {
  const calls: string[] = []
  const json = (call: KubeCall): Promise<unknown> => {
    const [, name] = /accessgrants\/([^/?]+)$/.exec(call.path) ?? []
    calls.push(call.path)
    if (name === undefined) return Promise.resolve({ metadata: { resourceVersion: '1' }, items: call.path.endsWith('accessgrants') ? grants : [] })
    const found = grants.find(({ metadata }) => metadata.name === name)
    return found === undefined ? Promise.reject(notFoundAt(call.path)) : Promise.resolve(found)
  }
  const views = createViews({
    client: { json } as unknown as KubeClient,
    policies: NO_INFORMER,
    grants: NO_INFORMER,
    suspensions: NO_INFORMER,
    staleLimitMs: 1,
    lastKnownMs: 1,
    onRead: () => undefined,
  })
  return { calls, views }
}

describe('a fresh view', () => {
  it('holds the grants that the others are a part of', async () => {
    const { views } = api([part, root])
    const view = await views.fresh({ username: 'oidc:agent', grantName: 'g1' })
    expect([view.grants, view.ancestors?.('root'), view.ancestors?.('else')]).toEqual([[part], root, undefined])
  })
  it('reads at most sixteen of them, of the latest grants, whatever others transferred', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      ...grant({ notBefore: new Date(index).toISOString(), transferredFrom: [{ grantName: `above-${index}`, grantUID: 'u', username: 'x' }] }),
      metadata: { name: `part-${index}` },
    }))
    const { views, calls } = api(many)
    await views.fresh({ username: 'oidc:agent', grantName: undefined })
    const read = calls.filter((path) => path.includes('/above-'))
    expect([read.length, read[0]]).toEqual([16, expect.stringMatching(/above-39$/)])
  })
})
