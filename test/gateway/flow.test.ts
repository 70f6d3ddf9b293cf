import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { liveGrant } from '../domain/builders.ts'
import { openWatch } from './open-watch.ts'
import { CANARY, createFixture, valuesOf, type Fixture } from './gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await createFixture()))
afterAll(() => fixture.stop())
beforeEach(() => {
  for (const list of [fixture.seen, fixture.grants, fixture.events, fixture.claims]) list.length = 0
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end('{}')
})

const SCALE = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'
const PATCH = ['Content-Type: application/merge-patch+json']
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const SECRET = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name: 'db', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
  data: { password: base64(CANARY), short: base64('ab') },
  type: 'Opaque',
}
const reply = (body: unknown, type = 'application/json', status = 200): void => {
  fixture.state.reply = (_, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
const names = (): readonly string[] => fixture.events.map(({ event }) => event)

describe('a write', () => {
  it('without a grant is refused with the command that requests one, and nothing reaches upstream', async () => {
    const answer = await fixture.send(SCALE, PATCH, '{"spec":{"replicas":3}}')
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('kubectl create accessrequest --verb=patch --resource=deployments.apps/scale --namespace=shop --name=web')
    expect(fixture.seen).toEqual([])
    expect(names()).toEqual(['request.refused'])
    expect(fixture.claims).toEqual([])
  })

  it('with a grant is sent once, with the elevated group, and takes one use for its audit ID', async () => {
    fixture.grants.push(liveGrant({ maxUses: 1 }))
    const answer = await fixture.send(SCALE, PATCH, '{"spec":{"replicas":3}}')
    expect(answer.status).toBe(200)
    expect(fixture.seen).toHaveLength(1)
    const [only] = fixture.seen
    if (only === undefined) throw new Error('nothing seen')
    expect(only.body.toString()).toBe('{"spec":{"replicas":3}}')
    expect(valuesOf(only, 'impersonate-group')).toEqual(['jit.access:agents', 'jit.access:baseline:agents', 'jit.access:elevated:agents'])
    expect(valuesOf(only, 'impersonate-extra-jit.access%2Fgrant')).toEqual(['g1'])
    const [auditID] = valuesOf(only, 'audit-id')
    expect(fixture.claims).toEqual([`g1 ${auditID}`])
    expect(answer.head).toContain(`audit-id: ${auditID}`)
    expect(fixture.events).toMatchObject([
      { event: 'request.intent', auditID, grant: 'g1', verb: 'patch', resource: 'deployments', subresource: 'scale' },
      { event: 'request.outcome', auditID, ended: 'completed', code: 200 },
    ])
  })

  it('as a dry run takes no use', async () => {
    fixture.grants.push(liveGrant())
    expect((await fixture.send(`${SCALE}?dryRun=All`, PATCH, '{}')).status).toBe(200)
    expect(fixture.claims).toEqual([])
  })

  it('with a masked value outside its Secret is refused', async () => {
    fixture.grants.push(liveGrant({ rules: [{ verbs: ['create'], resources: ['configmaps'], namespaces: ['shop'] }] }))
    const body = JSON.stringify({ data: { a: '[jit.access/masked]' } })
    const answer = await fixture.send('POST /api/v1/namespaces/shop/configmaps', ['Content-Type: application/json'], body)
    expect(answer.status).toBe(422)
    expect(fixture.seen).toEqual([])
  })

  it.each([
    ['a compressed body', 415, ['Content-Encoding: gzip'], '{}'],
    ['a body over 3 MiB', 413, [], 'a'.repeat(3 * 1024 * 1024 + 1)],
  ])('with %s is refused', async (_, code, lines, body) => {
    fixture.grants.push(liveGrant())
    expect((await fixture.send(SCALE, [...PATCH, ...lines], body)).status).toBe(code)
    expect(fixture.seen).toEqual([])
  })
})

describe('a Secret', () => {
  it('is masked, and gets its value back when it is applied', async () => {
    reply(SECRET)
    const read = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect(read.status).toBe(200)
    expect(read.raw).not.toContain(base64(CANARY))
    const shown = JSON.parse(read.body) as typeof SECRET
    expect(Buffer.from(shown.data.password, 'base64').toString()).toMatch(/^jit\.access\/masked:/)
    fixture.grants.push(liveGrant({ rules: [{ verbs: ['update'], resources: ['secrets'], namespaces: ['shop'] }] }))
    delete (shown.data as { short?: string }).short
    const written = await fixture.send('PUT /api/v1/namespaces/shop/secrets/db', ['Content-Type: application/json'], JSON.stringify(shown))
    expect(written.status).toBe(200)
    expect((JSON.parse(fixture.seen[1]?.body.toString() ?? '') as typeof SECRET).data.password).toBe(base64(CANARY))
    expect(written.raw).not.toContain(base64(CANARY))
  })

  it('shows the key that an active grant reveals, and takes a use', async () => {
    reply(SECRET)
    fixture.grants.push(liveGrant({ rules: [], reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }))
    const read = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect((JSON.parse(read.body) as typeof SECRET).data.password).toBe(base64(CANARY))
    expect(fixture.claims).toHaveLength(1)
    expect(fixture.events[0]).toMatchObject({ event: 'request.intent', reveal: ['shop/db:password'] })
  })

  it('hides a revealed key when its policy no longer governs the agent', async () => {
    reply(SECRET)
    fixture.grants.push(liveGrant({ policy: 'before', rules: [], reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }))
    const read = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect(read.raw).not.toContain(base64(CANARY))
    expect(fixture.claims).toHaveLength(0)
  })

  it('is not quoted in warnings of upstream, not even a value too short to be searched for', async () => {
    const warning = `299 - "weak value ${base64('4711')}"`
    fixture.state.reply = (_, response) => void response.writeHead(200, { 'content-type': 'application/json', warning }).end(JSON.stringify(SECRET))
    const read = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect(read.raw).not.toContain(base64('4711'))
    expect(read.raw).toMatch(/^warning: 299 - "jit-access: kube-apiserver warned/m)
  })

  it('has errors that quote a value replaced by errors of the gateway', async () => {
    reply({ kind: 'Status', status: 'Failure', reason: 'Invalid', message: `bad value ${CANARY}`, code: 422 }, 'application/json', 422)
    const read = await fixture.send('GET /api/v1/namespaces/shop/secrets/db')
    expect(read.status).toBe(422)
    expect(read.raw).not.toContain(CANARY)
  })

  it('cannot be selected by a field selector on its data', async () => {
    expect((await fixture.send('GET /api/v1/secrets?fieldSelector=data.password%3Dx')).status).toBe(403)
    expect(fixture.seen).toEqual([])
  })
})

describe('a response of upstream', () => {
  it.each([
    ['protobuf', 'application/vnd.kubernetes.protobuf', 'k8s\0'],
    ['CBOR', 'application/cbor', '\u00d9'],
    ['YAML', 'application/yaml', 'kind: Pod'],
    ['data without a type', '', '{}'],
    ['broken JSON', 'application/json', '{"kind":"Pod","a":'],
    ['text in place of an object', 'text/plain', 'hello'],
  ])('as %s is withheld', async (_, type, body) => {
    reply(body, type)
    const answer = await fixture.send('GET /api/v1/namespaces/shop/pods/web')
    expect(answer.status).toBe(502)
    expect(answer.body).toContain('"kind":"Status"')
    expect(fixture.seen).toHaveLength(1)
  })

  it.each([
    ['with compression', 200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }],
    ['with a redirect', 302, { location: 'https://evil/', 'content-type': 'application/json' }],
  ])('%s is withheld', async (_, status, headers) => {
    fixture.state.reply = (__, response) => void response.writeHead(status, headers).end('{}')
    const answer = await fixture.send('GET /api/v1/namespaces/shop/pods/web')
    expect(answer.status).toBe(502)
    expect(answer.head).not.toContain('evil')
  })

  it('shorter than its length is 502, and is not retried', async () => {
    fixture.state.reply = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"kind":"Pod"', () => response.destroy())
    }
    expect((await fixture.send('GET /api/v1/namespaces/shop/pods/web')).status).toBe(502)
    expect(fixture.seen).toHaveLength(1)
  })

  it('that is missing is 502', async () => {
    fixture.state.reply = (_, response) => void response.destroy()
    fixture.grants.push(liveGrant())
    expect((await fixture.send(SCALE, PATCH, '{}')).status).toBe(502)
    expect(fixture.seen).toHaveLength(1)
    expect(fixture.events.at(-1)).toMatchObject({ event: 'request.outcome', ended: 'failed', code: 502 })
  })

  it('with a value in a warning, a log line or a ConfigMap is masked', async () => {
    fixture.state.reply = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', warning: `299 - "saw ${CANARY}"`, 'set-cookie': 'a=b', 'x-internal': 'c' })
      response.write(`line one ${CANARY.slice(0, 9)}`)
      setTimeout(() => response.end(`${CANARY.slice(9)} and on\n`), 20)
    }
    const log = await fixture.send('GET /api/v1/namespaces/shop/pods/web/log')
    expect(log.status).toBe(200)
    expect(log.raw).not.toContain(CANARY.slice(0, 12))
    expect(log.raw).toContain('and on')
    expect(log.head).not.toMatch(/set-cookie|x-internal/i)
    reply({ kind: 'ConfigMap', data: { a: `x${base64(CANARY)}` } })
    expect((await fixture.send('GET /api/v1/namespaces/shop/configmaps/a')).raw).not.toContain(base64(CANARY))
  })
})

it.each([
  ['kubectl get', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json'],
  ['client-go', 'application/vnd.kubernetes.protobuf,application/json', 'application/json'],
  ['protobuf or anything', 'application/vnd.kubernetes.protobuf, */*', 'application/json'],
  ['YAML alone', 'application/yaml', 'application/json'],
])('%s gets a type that can be masked', async (_, accept, asked) => {
  const answer = await fixture.send('GET /api/v1/namespaces/shop/pods', [`Accept: ${accept}`, 'Accept-Encoding: gzip'])
  expect(answer.status).toBe(200)
  const [only] = fixture.seen
  if (only === undefined) throw new Error('nothing seen')
  expect(valuesOf(only, 'accept')).toEqual([asked])
  expect(valuesOf(only, 'accept-encoding')).toEqual(['identity'])
})

it('Accept with only protobuf is not acceptable', async () => {
  expect((await fixture.send('GET /api/v1/namespaces/shop/pods', ['Accept: application/vnd.kubernetes.protobuf'])).status).toBe(406)
  expect(fixture.seen).toEqual([])
})

it('a WebSocket watch is served as a plain one, and ends with the revocation of its grant', async () => {
  const live = liveGrant({ rules: [{ verbs: ['watch'], resources: ['pods'], namespaces: ['shop'] }] })
  fixture.grants.push(live)
  const watch = await openWatch(fixture, ['Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'])
  await watch.shows('first', { env: CANARY })
  fixture.tell({ type: 'MODIFIED', object: { ...live, status: { conditions: [{ type: 'Revoked', status: 'True' }] } } })
  const answer = await watch.ended
  expect(answer).toMatch(/^HTTP\/1[.]1 200 /)
  expect(answer).toContain('[jit.access/masked]')
  expect(answer).toContain('"type":"ERROR"')
})

it('a watch without a grant ends when its policy denies it, and continues after other policy changes', async () => {
  const [old] = fixture.policies
  if (old === undefined) throw new Error('no policy')
  const change = (spec: object): void => {
    const object = { ...old, spec: { ...old.spec, ...spec } }
    fixture.policies.splice(0, 1, object)
    fixture.tellPolicy({ type: 'MODIFIED', old, object })
  }
  const watch = await openWatch(fixture)
  await watch.shows('first')
  change({ rules: [{ name: 'writes', match: { verbs: ['patch'] }, effect: 'Deny' }] })
  await watch.shows('second')
  change({ rules: [{ name: 'all', effect: 'Deny' }] })
  const answer = await watch.ended
  fixture.policies.splice(0, 1, old)
  expect(answer).toContain('"type":"ERROR"')
})

it('metrics and logs contain no value and no token; records keep what the agent itself sent', async () => {
  reply({ data: { a: CANARY } })
  await fixture.send(`GET /api/v1/namespaces/shop/configmaps?labelSelector=a%3D${CANARY}`)
  await fixture.send(`GET /api/v1/namespaces/${CANARY}/configmaps/${CANARY}`)
  await fixture.send(`DELETE /api/v1/namespaces/shop/configmaps/${CANARY}`)
  const records = JSON.stringify(fixture.events)
  const told = `${fixture.logged.join('')}${await fixture.registry.metrics()}`
  for (const word of [CANARY, base64(CANARY)]) expect(told).not.toContain(word)
  for (const word of [base64(CANARY), 'Bearer', 'impersonator-token']) expect(`${records}${told}`).not.toContain(word)
  expect(records).toContain(`"name":"${CANARY}"`)
})
