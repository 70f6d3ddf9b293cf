import { expect, it } from 'vitest'
import { until } from '../until.ts'
import { BASE, connect } from './api-calls.ts'

type Discovery = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly versions: readonly {
      readonly freshness: string
      readonly resources: readonly {
        readonly resource: string
        readonly responseKind?: object
        readonly subresources?: readonly { readonly responseKind?: object }[]
      }[]
    }[]
  }[]
}

it('[2, 34] aggregated discovery has the group as current, and each resource with its kind', async () => {
  const call = await connect()
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const ours = (await call('GET', '/apis', { headers: { accept } })).json<Discovery>().items.find(({ metadata }) => metadata.name === 'jit.access')
  const [version] = ours?.versions ?? []
  expect(version?.freshness).toBe('Current')
  const resources = version?.resources ?? []
  expect(resources.map(({ resource }) => resource).sort()).toEqual([
    'accessgrants',
    'accessimpacts',
    'accesspolicies',
    'accessrequests',
    'accessreviews',
    'accesssessions',
    'accesssuspensions',
    'approverkeys',
    'breakglassreviews',
    'inboxes',
    'loginstates',
    'notificationchannels',
    'whoamis',
  ])
  for (const { responseKind, subresources = [] } of resources) {
    expect(responseKind).toBeDefined()
    for (const sub of subresources) expect(sub.responseKind).toBeDefined()
  }
})
it('[1, 8] the resource list is plain JSON and nothing redirects', async () => {
  const call = await connect()
  const answer = await call('GET', BASE)
  expect([answer.code, answer.json().kind, answer.headers['location']]).toEqual([200, 'APIResourceList', undefined])
})
it('[6] kube-apiserver serves our OpenAPI under one key, and kubectl finds apply and fieldValidation in it', async () => {
  const call = await connect()
  const root = (await call('GET', '/openapi/v3')).json<{ paths: { [path: string]: { serverRelativeURL: string } } }>().paths
  const url = root['apis/jit.access/v1']?.serverRelativeURL ?? ''
  const document = (await call('GET', url)).json<{
    paths: { [path: string]: { patch?: { parameters: { name: string }[]; requestBody: { content: object } } } }
  }>()
  const patch = document.paths[`${BASE}/accesspolicies/{name}`]?.patch
  expect(patch?.parameters.map(({ name }) => name)).toContain('fieldValidation')
  expect(Object.keys(patch?.requestBody.content ?? {})).toEqual([
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
  ])
})
it('[7] an old hash gets the current document, without a long cache lifetime', async () => {
  const call = await connect()
  const answer = await call('GET', `/openapi/v3/apis/jit.access/v1?hash=OLD`)
  expect(answer.code).toBe(200)
  expect(String(answer.headers['cache-control'])).not.toContain('immutable')
})
it('[5] OpenAPI v2 of the cluster contains our paths and definitions', async () => {
  const call = await connect()
  await until('kube-apiserver merges our OpenAPI', async () => (await call('GET', '/openapi/v2')).text.includes('access.jit.v1.AccessPolicy'), {
    seconds: 110,
    everyMs: 2000,
  })
})
it('[89, 404] an unknown resource, a path that is too deep and a wrong method get different errors', async () => {
  const call = await connect()
  expect((await call('GET', `${BASE}/nothings`)).json().reason).toBe('NotFound')
  expect((await call('GET', `${BASE}/accesspolicies/a/b/c`)).code).toBe(404)
  expect((await call('POST', `${BASE}/accessgrants`, { body: {} })).json().reason).toBe('MethodNotAllowed')
})
