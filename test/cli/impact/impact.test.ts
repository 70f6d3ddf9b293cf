import { describe, expect, it } from 'vitest'
import { impactLines } from '../../../cli/impact/impact.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import type { AccessRequestSpec } from '../../../domain/api/access-request.ts'
import { fakeIO } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'

type Objects = { readonly [path: string]: unknown }

/** A cluster whose paths answer with objects or errors, and the paths that were read. */
function cluster(objects: Objects) {
  const reads: string[] = []
  const io = fakeIO({
    'TEXT get': (args: readonly string[]) => {
      const key = args[1] === '--raw' ? (args[2] ?? '') : `${args[1]} in ${args[3]}`
      reads.push(key)
      const found = objects[key] ?? objects[key.split('?')[0] ?? '']
      if (found === undefined) throw new KubectlError('NotFound', `${key} not found`)
      if (found instanceof Error) throw found
      return typeof found === 'string' ? found : JSON.stringify(found)
    },
  })
  return { io, reads }
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'c', env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }],
    volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
  },
}
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web'
const OBJECTS: Objects = {
  [WEB]: {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { name: 'web', ownerReferences: [{ kind: 'Shop', name: 'main' }] },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template },
    status: { readyReplicas: 2 },
  },
  '/api/v1/namespaces/shop/pods': { metadata: {}, items: [{ metadata: { name: 'web-1' } }, { metadata: { name: 'web-2' } }] },
  '/apis/policy/v1/namespaces/shop/poddisruptionbudgets': {
    items: [
      {
        metadata: { name: 'web' },
        spec: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } },
        status: { disruptionsAllowed: 0 },
      },
      { metadata: { name: 'other' }, spec: { selector: { matchLabels: { app: 'db' } } } },
    ],
  },
  '/api/v1/namespaces/shop/services': {
    items: [
      { metadata: { name: 'web' }, spec: { selector: { app: 'web' } } },
      { metadata: { name: 'external' }, spec: {} },
      { metadata: { name: 'db' }, spec: { selector: { app: 'db' } } },
    ],
  },
}
const said = async (objects: Objects, spec: Partial<AccessRequestSpec> = {}): Promise<readonly string[]> =>
  (await impactLines(cluster(objects).io, requestOf({ spec }))).map((line) => line.trim())

const held = (method: string, path: string): Partial<AccessRequestSpec> => ({ rules: [], operation: { method, path, digest: '0'.repeat(64) } })

describe('what a request touches now', () => {
  it('of a workload: replicas, pods, owner, budgets, Services, and the names of its Secrets', async () => {
    const lines = await said(OBJECTS)
    expect(lines).toEqual([
      '',
      'What it touches now (read with your rights):',
      'deployments.apps shop/web',
      '3 replicas, 2 ready',
      '2 pods now: web-1, web-2',
      'owned by Shop main, which may undo a change of it',
      'PodDisruptionBudget web: 0 disruptions allowed now',
      'Services that route to it: web',
      'Secrets that its pods can see: db, tls',
    ])
    expect(await said(OBJECTS, held('PATCH', `${WEB}?fieldManager=x`))).toEqual(lines)
  })
  it('of an exec: the Secrets that the pod can see', async () => {
    const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web-1', labels: { app: 'web' } }, spec: template.spec }
    const lines = await said(
      { ...OBJECTS, '/api/v1/namespaces/shop/pods/web-1': pod },
      held('GET', '/api/v1/namespaces/shop/pods/web-1/exec?command=sh'),
    )
    expect(lines).toContain('Secrets that it can see: db, tls')
    expect(lines).toContain('PodDisruptionBudget web: 0 disruptions allowed now')
  })
  it('of a deletecollection: what its selector matches', async () => {
    const { io, reads } = cluster({
      ...OBJECTS,
      '/api/v1/namespaces/shop/configmaps': { metadata: { continue: 'x', remainingItemCount: 7 }, items: [{ metadata: { name: 'a' } }] },
    })
    const lines = await impactLines(io, requestOf({ spec: held('DELETE', '/api/v1/namespaces/shop/configmaps?labelSelector=app%3Dweb') }))
    expect(lines.at(-1)).toContain('matches 8 now: a')
    expect(reads[0]).toBe('/api/v1/namespaces/shop/configmaps?labelSelector=app%3Dweb&limit=500')
  })
  it('of the deletion of a namespace: counts by kind, without reading a Secret', async () => {
    const { io, reads } = cluster({
      'pods in shop': 'web-1 Running\nweb-2 Running\n',
      'secrets in shop': 'db Opaque\n',
      'configmaps in shop': new KubectlError('Forbidden', 'no'),
    })
    const lines = await impactLines(io, requestOf({ spec: held('DELETE', '/api/v1/namespaces/shop') }))
    expect(lines.join('\n')).toMatch(/everything in it is deleted: 2 pods, 1 secrets[^]*configmaps could not be read: no/)
    expect(reads.every((read) => read.endsWith(' in shop'))).toBe(true)
  })
  it('says of each part that it could not be read, and shows the others', async () => {
    const lines = await said({ ...OBJECTS, '/api/v1/namespaces/shop/services': new KubectlError('Forbidden', 'services is forbidden') })
    expect(lines).toContain('Services could not be read: services is forbidden')
    expect(lines).toContain('3 replicas, 2 ready')
  })
  it('does not take the first page of a list for the whole', async () => {
    const services = { metadata: { continue: 'x' }, items: [{ metadata: { name: 'db' }, spec: { selector: { app: 'db' } } }] }
    const budgets = { metadata: { continue: 'x' }, items: [] }
    const lines = await said({
      ...OBJECTS,
      '/api/v1/namespaces/shop/services': services,
      '/apis/policy/v1/namespaces/shop/poddisruptionbudgets': budgets,
    })
    expect(lines).not.toContain('no Service routes to it')
    expect(lines).toEqual(expect.arrayContaining(['only the first 1 Services were read', 'only the first 0 PodDisruptionBudgets were read']))
  })
  it('examines nothing whose name could lead to another path', async () => {
    const { io, reads } = cluster(OBJECTS)
    await impactLines(
      io,
      requestOf({
        spec: {
          rules: [
            { verbs: ['delete'], apiGroups: ['..', 'apps'], resources: ['..', 'deployments'], namespaces: ['../x'], resourceNames: ['../../y'] },
          ],
        },
      }),
    )
    expect(reads.every((path) => !path.includes('..') || path.includes('..%2Fx'))).toBe(true)
  })
  it('says that the object does not exist', async () => {
    expect(await said({})).toEqual(['', expect.stringContaining('touches'), 'deployments.apps shop/web', 'does not exist'])
  })
  it.each([
    ['a read', { rules: [{ verbs: ['get', 'list'], resources: ['pods'], namespaces: ['shop'] }] }],
    ['a new object', held('POST', '/api/v1/namespaces/shop/configmaps')],
    ['a path that cannot be interpreted', held('GET', '/api/v1/watch')],
    ['a path of the server itself', held('POST', '/version')],
  ])('is nothing for %s, and reads nothing', async (_, spec) => {
    const { io, reads } = cluster(OBJECTS)
    expect(await impactLines(io, requestOf({ spec }))).toEqual([])
    expect(reads).toEqual([])
  })
  it('is bounded in reads, and says what it leaves out', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `w${index}`)
    const { io, reads } = cluster(OBJECTS)
    const lines = await impactLines(
      io,
      requestOf({
        spec: { rules: [{ verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: names }] },
      }),
    )
    expect(lines.at(-1)).toContain('and 36 more, which are not examined')
    expect(reads.length).toBeLessThanOrEqual(24)
  })
  it('shows names of the cluster in a form that is safe for a terminal', async () => {
    const lines = await said({
      ...OBJECTS,
      [WEB]: { ...(OBJECTS[WEB] as object), metadata: { ownerReferences: [{ kind: 'Shop', name: 'x\u001b[2J\nRisk: Low' }] } },
    })
    expect(lines.some((line) => line.startsWith('Risk'))).toBe(false)
    expect(lines.join('')).not.toContain('\u001b')
  })
})
