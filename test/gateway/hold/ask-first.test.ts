import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessRule } from '../../../domain/api/rules.ts'
import { ruleFor } from '../../../domain/grant/access-request-command.ts'
import { digestOf } from '../../../gateway/classify/operation-digest.ts'
import { makePlan } from '../../../gateway/plan/make-plan.ts'
import { liveGrant } from '../../domain/builders.ts'
import { askFixture, BODY, changes, type AskFixture } from '../ask-fixture.ts'

let fixture: AskFixture
beforeAll(async () => void (fixture = await askFixture()))
afterAll(() => fixture.stop())
beforeEach(() => fixture.reset())

const ALL_OF_CONFIGMAPS: AccessRule = { verbs: ['*'], resources: ['configmaps'], namespaces: ['shop'] }
const JSON_BODY = ['Content-Type: application/json']
const CREATE = 'POST /ask/api/v1/namespaces/shop/configmaps'
const causesOf = (body: string): unknown => (JSON.parse(body) as { details?: { causes?: unknown } }).details?.causes
const words = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('an operation under /ask', () => {
  it.each(['RequireApproval', 'RequireGrant'] as const)(
    'that needs an approval by %s is filed, and answered with what to type next',
    async (effect) => {
      fixture.govern(effect)
      const answer = await fixture.send(CREATE, JSON_BODY, BODY)
      expect(answer.status).toBe(403)
      expect(fixture.asked).toHaveLength(1)
      const name = `hold-${fixture.asked[0]?.digest.slice(0, 20)}-1`
      expect(causesOf(answer.body)).toEqual([{ reason: 'ApprovalRequested', message: name, field: 'accessrequest' }])
      expect(answer.body).toContain('nothing was done')
      expect(answer.body).toContain(`kubectl wait --for=condition=Approved accessrequest/${name} --timeout=3600s`)
      expect(fixture.seen.filter(changes)).toEqual([])
      expect(fixture.claims).toEqual([])
    },
  )

  it.each([
    ['PATCH /ask/apis/apps/v1/namespaces/shop/deployments/web', 'patch', 'deployments'],
    ['PATCH /ask/apis/apps/v1/namespaces/shop/deployments/web/scale', 'patch', 'deployments/scale'],
    ['DELETE /ask/apis/apps/v1/namespaces/shop/deployments/web', 'delete', 'deployments'],
  ])('on a workload that needs a grant is filed: %s', async (line, verb, resource) => {
    fixture.govern('RequireGrant')
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1' } }
    fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(deployment))
    const answer = await fixture.send(line, ['Content-Type: application/merge-patch+json'], '{}')
    expect(causesOf(answer.body)).toMatchObject([{ reason: 'ApprovalRequested' }])
    expect(fixture.asked.map(({ asked }) => ruleFor(asked.classified))).toMatchObject([{ verbs: [verb], resources: [resource] }])
    expect(fixture.seen.filter(changes)).toEqual([])
  })

  it('has the digest of the same operation without the prefix', async () => {
    await fixture.send(`${CREATE}?fieldManager=kubectl-create`, JSON_BODY, BODY)
    const [held] = fixture.asked
    if (held === undefined) throw new Error('nothing was asked')
    expect(held.asked.path).toBe('/api/v1/namespaces/shop/configmaps')
    const { askFirst: _, ...ordinary } = held.asked
    expect(held.digest).toBe(digestOf(ordinary))
  })

  it('that was approved as it is now says so, and goes through once without the prefix', async () => {
    await fixture.send(CREATE, JSON_BODY, BODY)
    const [held] = fixture.asked
    if (held === undefined) throw new Error('nothing was asked')
    const { hashes } = await makePlan(held, fixture.deps, 'check')
    const operation = { method: 'POST', path: '/', digest: held.digest, planHash: hashes[0] }
    fixture.grants.push(liveGrant({ rules: [{ verbs: ['create'], resources: ['configmaps'], namespaces: ['shop'] }], operation, maxUses: 1 }))
    const again = await fixture.send(CREATE, JSON_BODY, BODY)
    expect(again.status).toBe(403)
    expect(again.body).toContain('accessrequest r1 is approved: run the command itself before')
    expect([fixture.asked.length, fixture.claims.length]).toEqual([1, 0])
    fixture.seen.length = 0
    expect((await fixture.send(CREATE.replace('/ask', ''), JSON_BODY, BODY)).status).toBe(200)
    expect(fixture.seen.filter(changes)).toHaveLength(1)
    expect(fixture.claims).toHaveLength(1)
  })

  it('that was approved for another change is asked for again', async () => {
    const operation = { method: 'DELETE', path: '/', digest: '', planHash: 'a'.repeat(64) }
    const DELETE = 'DELETE /ask/api/v1/namespaces/shop/configmaps/a'
    await fixture.send(DELETE)
    const digest = fixture.asked[0]?.digest ?? ''
    fixture.grants.push(
      liveGrant({
        rules: [{ verbs: ['delete'], resources: ['configmaps'], namespaces: ['shop'], resourceNames: ['a'] }],
        operation: { ...operation, digest },
      }),
    )
    expect(causesOf((await fixture.send(DELETE)).body)).toMatchObject([{ reason: 'ApprovalRequested' }])
    expect(fixture.asked).toHaveLength(2)
  })

  it('that an ordinary grant covers is not run, files nothing and takes no use', async () => {
    fixture.govern('RequireGrant')
    fixture.grants.push(liveGrant({ rules: [ALL_OF_CONFIGMAPS], maxUses: 1 }))
    const answer = await fixture.send(CREATE, JSON_BODY, BODY)
    expect(answer.status).toBe(403)
    expect(causesOf(answer.body)).toEqual([{ reason: 'NothingRun', message: 'g1', field: 'accessgrant' }])
    expect(answer.body).toContain('accessgrant g1 covers it until')
    expect([fixture.seen.filter(changes), fixture.claims, fixture.asked]).toEqual([[], [], []])
  })

  it('that the policies allow is not run', async () => {
    fixture.govern('Allow')
    expect(causesOf((await fixture.send(CREATE, JSON_BODY, BODY)).body)).toMatchObject([{ reason: 'NothingRun' }])
    expect(fixture.seen.filter(changes)).toEqual([])
  })

  it('that no approval can allow is refused, and nothing is filed', async () => {
    fixture.govern('Deny')
    const answer = await fixture.send(CREATE, JSON_BODY, BODY)
    expect(answer.body).toContain('no grant can allow it')
    expect([fixture.seen, fixture.asked]).toEqual([[], []])
  })

  it('carries what the requester says about it', async () => {
    const said = { reason: 'the disk is full', ticket: 'T-1', durationSeconds: 60, agent: { name: 'bot', task: 'tidy' } }
    await fixture.send(CREATE.replace('/ask', `/ask/spec/${words(said)}`), JSON_BODY, BODY)
    expect(fixture.asked[0]?.asked.askFirst).toEqual(said)
    expect(fixture.asked[0]?.asked.path).toBe('/api/v1/namespaces/shop/configmaps')
  })

  it.each([
    ['another field', words({ rules: [] })],
    ['the operation', words({ operation: {} })],
    ['a field of another type', words({ reason: 1 })],
    ['another field of agent', words({ agent: { id: 'x' } })],
    ['a list', words([])],
    ['no JSON', Buffer.from('x').toString('base64url')],
    ['no base64url', 'e30='],
    ['nothing', ''],
    ['too much', words({ reason: 'x'.repeat(20_000) })],
  ])('with words of %s is refused, and nothing reaches upstream', async (_, segment) => {
    expect((await fixture.send(CREATE.replace('/ask', `/ask/spec/${segment}`), JSON_BODY, BODY)).status).toBe(400)
    expect([fixture.seen, fixture.asked]).toEqual([[], []])
  })

  it('is refused when its prefix is escaped or doubled', async () => {
    fixture.govern('Allow')
    for (const path of [
      '/%61sk/api/v1/namespaces/shop/configmaps',
      '/ask/ask/api/v1/namespaces/shop/configmaps',
      '/ask/spec/e30/ask/api/v1/namespaces/shop/configmaps',
    ])
      expect((await fixture.send(`POST ${path}`, JSON_BODY, BODY)).status).toBe(400)
    expect([fixture.seen, fixture.asked]).toEqual([[], []])
  })

  it.each(['websocket', 'spdy/3.1'])('is not run when it is an exec by %s', async (protocol) => {
    const lines = [
      'Connection: Upgrade',
      `Upgrade: ${protocol}`,
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: v5.channel.k8s.io',
    ]
    const method = protocol === 'websocket' ? 'GET' : 'POST'
    const answer = await fixture.raw(
      `${method} /ask/spec/${words({ reason: 'look' })}/api/v1/namespaces/shop/pods/a/exec?command=id HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\n${lines.join('\r\n')}\r\n${method === 'POST' ? 'Content-Length: 0\r\n' : ''}\r\n`,
    )
    expect(answer.status).toBe(403)
    expect(causesOf(answer.body)).toMatchObject([{ reason: 'ApprovalRequested' }])
    expect([fixture.relayed, fixture.seen.filter(changes)]).toEqual([[], []])
  })
})

describe('a read under /ask', () => {
  it('is served as without the prefix', async () => {
    for (const path of ['/api/v1/namespaces/shop/configmaps/a', '/apis', '/openapi/v3', '/version'])
      expect((await fixture.send(`GET /ask${path}`)).status, path).toBe(200)
    expect(fixture.asked).toEqual([])
  })

  it('reveals nothing and takes no use', async () => {
    fixture.grants.push(liveGrant({ rules: [], reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }], maxUses: 1 }))
    fixture.state.reply = (_, response) =>
      response
        .setHeader('content-type', 'application/json')
        .end('{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","namespace":"shop"},"data":{"password":"aGVsbG8td29ybGQtaGVsbG8="}}')
    const answer = await fixture.send('GET /ask/api/v1/namespaces/shop/secrets/db')
    expect(answer.status).toBe(200)
    expect(answer.body).not.toContain('aGVsbG8td29ybGQtaGVsbG8=')
    expect(fixture.claims).toEqual([])
  })
})
