import { describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../domain/api/access-policy.ts'
import { fieldFaults } from '../../domain/policy/conditions/typed-conditions.ts'
import { createObjectTypes } from '../../kube/openapi.ts'
import { conditionFields } from '../../server/conditions/cel.ts'

const body = (name: string) => ({ requestBody: { content: { '*/*': { schema: { $ref: `#/components/schemas/${name}` } } } } })
/** Documents in the format of kube-apiserver. */
const APPS = {
  paths: {
    '/apis/apps/v1/deployments': {},
    '/apis/apps/v1/namespaces/{namespace}/deployments': { post: body('Deployment') },
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}': { put: body('Deployment') },
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale': { put: body('Scale') },
    '/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}': { put: body('StatefulSet') },
    '/apis/apps/v1/watch/namespaces/{namespace}/deployments/{name}': {},
  },
  components: {
    schemas: {
      Deployment: {
        type: 'object',
        properties: {
          kind: { type: 'string' },
          metadata: { allOf: [{ $ref: '#/components/schemas/Meta' }], default: {} },
          spec: { allOf: [{ $ref: '#/components/schemas/Spec' }] },
        },
      },
      StatefulSet: { type: 'object', properties: { spec: { type: 'object', properties: { serviceName: { type: 'string' } } } } },
      Scale: { type: 'object', properties: { spec: { type: 'object', properties: { replicas: { type: 'integer' } } } } },
      Meta: { type: 'object', properties: { labels: { type: 'object', additionalProperties: { type: 'string' } }, name: { type: 'string' } } },
      Spec: {
        type: 'object',
        properties: {
          replicas: { type: 'integer' },
          containers: { type: 'array', items: { allOf: [{ $ref: '#/components/schemas/Container' }] } },
          open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: { type: 'string' } } },
          raw: { type: 'object' },
          port: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
          self: { $ref: '#/components/schemas/Spec' },
          circle: { $ref: '#/components/schemas/Circle' },
        },
      },
      Circle: { $ref: '#/components/schemas/Circle' },
      Container: {
        type: 'object',
        properties: { image: { type: 'string' }, ports: { type: 'array', items: { type: 'object', properties: { hostPort: { type: 'integer' } } } } },
      },
    },
  },
}
const asked: string[] = []
let away = false
const client = {
  json: <T>({ path }: { readonly path: string }): Promise<T> => {
    asked.push(path)
    if (away) return Promise.reject(new Error('away'))
    return Promise.resolve(
      (path === '/openapi/v3' ? { paths: { 'apis/apps': {}, 'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1?hash=1' } } } : APPS) as T,
    )
  },
}
let nowMs = 0
const typesOf = createObjectTypes(client, { nowMs: () => nowMs })
const faultsOf = async (condition: string, match: PolicyRule['match'] = {}): Promise<readonly string[]> => {
  const rule: PolicyRule = { name: 'r', effect: 'Deny', match: { apiGroups: ['apps'], resources: ['deployments'], condition, ...match } }
  return (await fieldFaults([rule], { typesOf, missing: conditionFields })).map(({ kind, message }) => `${kind} ${message.split(':')[0]}`)
}

describe('a condition for named resources', () => {
  it.each([
    ['object.spec.replcas > 3', 'object.spec.replcas'],
    ['has(object.spec.replcas)', 'object.spec.replcas'],
    ['oldObject != null && oldObject.metadata.nmae == "x"', 'oldObject.metadata.nmae'],
    ['object.spec.containers.exists(c, c.imagee == "x")', 'c.imagee'],
    ['object.spec.containers.all(c, has(c.ports) && c.ports.all(p, p.hostport == 0))', 'p.hostport'],
    ['object.spec.containers.filter(c, c.image == "x")[0].nmae == "y"', '…[…].nmae'],
    ['object["spec"]["replcas"] == 1', 'object[…][…]'],
    ['object.spec.replicas.value == 1', 'object.spec.replicas.value'],
    ['request.name == "x" ? object.a == 1 : oldObject.b == 1', 'object.a, oldObject.b'],
    ['object.spec.self.self.replcas == 1', 'object.spec.self.self.replcas'],
  ])('%s reads an unknown field', async (condition, field) => expect(await faultsOf(condition)).toEqual([`missing ${field}`]))

  it.each([
    'object.spec.replicas > 3',
    'object.metadata.labels["anything"] == "x" && object.metadata.labels.other == "y"',
    'object.metadata.labels.exists(k, k.startsWith("x"))',
    'object.spec.open.whatever.there == 1',
    'object.spec.raw.whatever == 1',
    'object.spec.port == 8080 || object.spec.port.x == 1',
    'object.spec.circle.x == 1',
    'object.spec.containers.map(c, c.image).exists(i, i.startsWith("x"))',
    'object.spec.containers[0].image == "x"',
    'request.name == "x"',
    '[{"object": 1}].exists(object, object.anything == 1)',
  ])('%s reads no unknown field', async (condition) => expect(await faultsOf(condition)).toEqual([]))
})

it('accepts a field that any of the named resources has', async () => {
  const both = { resources: ['deployments', 'statefulsets'] }
  expect(await faultsOf('object.spec.serviceName == "x"', both)).toEqual([])
  expect(await faultsOf('object.spec.srviceName == "x"', both)).toEqual(['missing object.spec.srviceName'])
  expect(await faultsOf('object.spec.template == "x"', { subresources: ['scale'] })).toEqual(['missing object.spec.template'])
  expect(await faultsOf('object.command == "x"', { subresources: ['', 'exec'] })).toEqual([])
})
it.each([{ apiGroups: ['*'] }, { resources: ['*'] }, { subresources: ['*'] }])(
  'does not check fields of resources named by a wildcard: %o',
  async (match) => expect(await faultsOf('object.spec.replcas > 3', match)).toEqual([]),
)
it('reports fields as unchecked if there is no schema, or it cannot be read', async () => {
  const why = 'unchecked the fields that it reads were not checked'
  expect(await faultsOf('object.a == 1', { resources: ['widgets'] })).toEqual([why])
  away = true
  nowMs += 60_000
  expect(await faultsOf('object.a == 1')).toEqual([why])
  away = false
  expect(await faultsOf('object.spec.replicas == 1')).toEqual([])
})
it('reads a document once for each hash', () => expect(asked.filter((path) => path.includes('hash'))).toHaveLength(1))
