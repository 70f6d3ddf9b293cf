import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { liveGrant } from '../../domain/builders.ts'
import { createFixture, type Answered, type Fixture } from '../../gateway/gateway-fixture.ts'

/** X. Names, types and references are never masked. A JSON Patch could put a masked value there that the agent does not know. */
const rules = [{ verbs: ['patch'], apiGroups: ['', 'apps'], resources: ['configmaps', 'deployments'], namespaces: ['shop'] }]
let fixture: Fixture
beforeAll(async () => {
  fixture = await createFixture()
})
beforeEach(() => {
  fixture.seen.length = 0
  fixture.grants.splice(0, Infinity, liveGrant({ rules }))
  fixture.state.reply = (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}')
})
afterAll(() => fixture.stop())

const CONFIG_MAP = '/api/v1/namespaces/shop/configmaps/a'
const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/a'
const ENV = '/spec/template/spec/containers/0/env/0/value'

const patch = (path: string, ...operations: readonly object[]): Promise<Answered> =>
  fixture.send(`PATCH ${path}`, ['Content-Type: application/json-patch+json'], JSON.stringify(operations))
const patches = (): readonly string[] => fixture.seen.map(({ line }) => line).filter((line) => line.startsWith('PATCH'))

describe('X. a value that an agent copies without knowing it', () => {
  it('X488 is copied and moved only to places that are searched for values, with a grant and without, in dry runs too', async () => {
    for (const op of ['copy', 'move'])
      for (const granted of [true, false])
        for (const query of ['', '?dryRun=All']) {
          if (!granted) fixture.grants.length = 0
          else fixture.grants.splice(0, Infinity, liveGrant({ rules }))
          const answers = [
            await patch(`${CONFIG_MAP}${query}`, { op, from: '/data/a', path: '/metadata/ownerReferences/0/name' }),
            await patch(`${DEPLOYMENT}${query}`, { op, from: ENV, path: '/spec/template/spec/securityContext/seLinuxOptions/type' }),
            await patch(`${DEPLOYMENT}${query}`, { op, from: ENV, path: '/data/a' }),
          ]
          expect(answers.map(({ status }) => status)).toEqual([403, 403, 403])
        }
    fixture.grants.splice(0, Infinity, liveGrant({ rules }))
    const ambiguous = '[{"op":"copy","op":"add","from":"/data/a","path":"/metadata/ownerReferences/0/name","value":"x"}]'
    for (const body of [ambiguous, '[{"op":"copy",', '\ufeff[]'])
      expect((await fixture.send(`PATCH ${CONFIG_MAP}`, ['Content-Type: application/json-patch+json'], body)).status).toBe(400)
    expect(patches()).toEqual([])
    expect((await patch(CONFIG_MAP, { op: 'copy', from: '/data/a', path: '/data/b' })).status).toBe(200)
    expect((await patch(CONFIG_MAP, { op: 'move', from: '/data/a', path: '/metadata/annotations/b' })).status).toBe(200)
    expect(patches()).toHaveLength(2)
  })

  it('X506 is copied and moved to no annotation in which names are shown, or that Kubernetes shows as a name', async () => {
    const annotations = [
      'kubectl.kubernetes.io~1last-applied-configuration',
      'kapp.k14s.io~1original',
      'volume.beta.kubernetes.io~1storage-class',
      'kubernetes.io~1x',
      'scheduler.alpha.k8s.io~1x',
    ]
    for (const op of ['copy', 'move'])
      for (const name of annotations)
        expect((await patch(CONFIG_MAP, { op, from: '/data/a', path: `/metadata/annotations/${name}` })).status, name).toBe(403)
    expect(patches()).toEqual([])
    expect((await patch(CONFIG_MAP, { op: 'copy', from: '/data/a', path: '/metadata/annotations/example.com~1kubernetes.io' })).status).toBe(200)
  })
})
