import { describe, expect, it } from 'vitest'
import { readRequest } from '../../../domain/classify/read-request.ts'

const NONE = { apiGroup: '', namespace: '', subresource: '', name: '' }

const read = (line: string): object => {
  const [method = '', target = ''] = line.split(' ')
  const [path = '', query = ''] = target.split('?')
  const { apiGroup, namespace, resource, subresource, name, verb } = readRequest(method, path, new URLSearchParams(query))
  return { verb, apiGroup, namespace, resource, subresource, name }
}

describe('readRequest interprets a request as kube-apiserver does', () => {
  const cases: Record<string, object> = {
    'GET /api/v1/pods': { ...NONE, verb: 'list', resource: 'pods' },
    'GET /api/v1/pods?watch=1': { ...NONE, verb: 'watch', resource: 'pods' },
    'GET /api/v1/pods?watch=': { ...NONE, verb: 'watch', resource: 'pods' },
    'GET /api/v1/pods?watch=f': { ...NONE, verb: 'watch', resource: 'pods' },
    'GET /api/v1/pods?watch=False&watch=1': { ...NONE, verb: 'list', resource: 'pods' },
    'GET /api/v1/secrets?fieldSelector=type!%3Da,metadata.name%3D%3Ddb': { ...NONE, verb: 'list', resource: 'secrets', name: 'db' },
    'GET /api/v1/secrets?fieldSelector=metadata.name!%3Ddb': { ...NONE, verb: 'list', resource: 'secrets' },
    'GET /api/v1/secrets?fieldSelector=metadata.name%3D..': { ...NONE, verb: 'list', resource: 'secrets' },
    'GET /api/v1/pods?watch=false': { ...NONE, verb: 'list', resource: 'pods' },
    'GET /api/v1/namespaces/shop/pods/web': { ...NONE, verb: 'get', namespace: 'shop', resource: 'pods', name: 'web' },
    'HEAD /api/v1/namespaces/shop/pods/web': { ...NONE, verb: 'get', namespace: 'shop', resource: 'pods', name: 'web' },
    'GET /api/v1/namespaces/shop/pods/web/exec': { ...NONE, verb: 'get', namespace: 'shop', resource: 'pods', name: 'web', subresource: 'exec' },
    'DELETE /apis/apps/v1/namespaces/shop/deployments': {
      ...NONE,
      verb: 'deletecollection',
      apiGroup: 'apps',
      namespace: 'shop',
      resource: 'deployments',
    },
    'DELETE /api/v1/namespaces/shop': { ...NONE, verb: 'delete', namespace: 'shop', resource: 'namespaces', name: 'shop' },
    'PUT /api/v1/namespaces/shop/finalize': {
      ...NONE,
      verb: 'update',
      namespace: 'shop',
      resource: 'namespaces',
      name: 'shop',
      subresource: 'finalize',
    },
    'GET /api/v1/watch/namespaces/shop/secrets': { ...NONE, verb: 'watch', namespace: 'shop', resource: 'secrets' },
    'GET /api/v1/proxy/namespaces/shop/services/db/x': { ...NONE, verb: 'proxy', namespace: 'shop', resource: 'services', name: 'db' },
    'GET /api/v1/secrets?fieldSelector=metadata.name%3Ddb': { ...NONE, verb: 'list', resource: 'secrets', name: 'db' },
    'GET /apis/apps/v1': { verb: 'get', apiGroup: '', namespace: '', resource: '', subresource: '', name: '' },
    'OPTIONS /metrics': { verb: 'options', apiGroup: '', namespace: '', resource: '', subresource: '', name: '' },
  }
  for (const [line, expected] of Object.entries(cases)) {
    it(line, () => expect(read(line)).toEqual(expected))
  }
})

describe('a request that kube-apiserver fails or interprets in two ways is refused', () => {
  for (const line of [
    'GET /api/v1/watch',
    'GET /api/v1/pods?limit=ten',
    'GET /api/v1/pods?fieldSelector=metadata.name',
    'GET /api/v1/pods?fieldSelector=metadata.name%3Da%3Db',
    'GET /api/v1/pods?fieldSelector=metadata.name%3Da%5Cb',
  ]) {
    it(line, () => expect(() => read(line)).toThrow(expect.objectContaining({ reason: 'BadRequest', code: 400 })))
  }
})

it('refuses a malformed label selector: upstream then ignores the name in the field selector', () => {
  const query = new URLSearchParams({ fieldSelector: 'metadata.name=web', labelSelector: 'a b' })
  expect(() => readRequest('GET', '/api/v1/namespaces/shop/secrets', query)).toThrow('labelSelector')
})

it('reads every term of a field selector, not only those up to the name', () => {
  const query = new URLSearchParams({ fieldSelector: 'metadata.name=web,x' })
  expect(() => readRequest('GET', '/api/v1/namespaces/shop/secrets', query)).toThrow('fieldSelector')
})
