import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccessSuspension, AccessSuspensionSpec } from '../../../domain/api/access-suspension.ts'
import { until } from '../../attack/oracles/raw-client.ts'
import { liveGrant } from '../../domain/builders.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

let fixture: Fixture
beforeAll(async () => void (fixture = await createFixture()))
afterAll(() => fixture.stop())
beforeEach(() => {
  fixture.suspensions.splice(0)
  fixture.grants.splice(0, Infinity, liveGrant({ rules: [{ verbs: ['patch'], resources: ['configmaps'], namespaces: ['shop'] }] }))
  fixture.seen.length = 0
  fixture.events.length = 0
  fixture.state.reply = (_, response) => response.setHeader('content-type', 'application/json').end('{}')
})
const suspension = (spec: Omit<AccessSuspensionSpec, 'reason'>): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name: 'stop' },
  spec: { reason: 'it deletes too much', ...spec },
})
function suspend(spec: Omit<AccessSuspensionSpec, 'reason'>): void {
  const object = suspension(spec)
  fixture.suspensions.push(object)
  fixture.tellSuspension({ type: 'ADDED', object })
}
const USER = { subjects: [{ kind: 'User' as const, name: 'oidc:agent' }] }

describe('a suspended agent', () => {
  it.each([
    ['all', { all: true } as const],
    ['its user', USER],
    ['its policy', { policy: 'agents' }],
  ])('is refused whatever it does, when %s is suspended', async (_, spec) => {
    suspend(spec)
    const answers = [
      await fixture.send('GET /api/v1/namespaces/shop/pods'),
      await fixture.send('GET /version'),
      await fixture.send('GET /apis'),
      await fixture.send('PATCH /api/v1/namespaces/shop/configmaps/a', ['Content-Type: application/merge-patch+json'], '{}'),
      await fixture.send('POST /apis/jit.access/v1/accessrequests', ['Content-Type: application/json'], '{}'),
      await fixture.send('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', ['Content-Type: application/json'], '{}'),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
    expect(fixture.seen).toEqual([])
    const status = JSON.parse(answers[0]?.body ?? '') as { readonly message: string }
    expect(status).toMatchObject({ reason: 'Forbidden', details: { causes: [{ reason: 'Suspended', message: 'stop', field: 'subject' }] } })
    expect(status.message).toContain('it deletes too much')
    expect(fixture.events.map(({ event }) => event)).toEqual(answers.map(() => 'request.refused'))
  })
  it('is served again when the suspension is lifted', async () => {
    suspend(USER)
    expect((await fixture.send('GET /api/v1/namespaces/shop/pods')).status).toBe(403)
    const lifted = { ...suspension(USER), status: { conditions: [{ type: 'Lifted', status: 'True' as const }] } }
    fixture.suspensions.splice(0, 1, lifted)
    expect((await fixture.send('GET /api/v1/namespaces/shop/pods')).status).toBe(200)
  })
  it('loses its open watch, with the reason, and another agent keeps it', async () => {
    fixture.state.reply = (_, response) => {
      response.setHeader('content-type', 'application/json')
      response.write(`${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } } })}\n`)
    }
    const watching = fixture.send('GET /api/v1/namespaces/shop/pods?watch=true')
    await until('the watch is open', () => fixture.deps.livePermits.count === 1 && fixture.seen.length === 1)
    suspend({ subjects: [{ kind: 'User', name: 'oidc:other' }] })
    expect(fixture.deps.livePermits.count).toBe(1)
    suspend(USER)
    const { body } = await watching
    expect(body).toContain('suspended')
    expect(fixture.deps.livePermits.count).toBe(0)
  })
  it('gets no answer to an operation that is approved while it waits', async () => {
    const waits: { approve?: () => void } = {}
    const held = await createFixture(() => ({
      hold: {
        wait: ({ asked }) =>
          new Promise((resolve) => {
            waits.approve = () => resolve({ phase: 'Approved', name: 'hold-a', request: undefined })
            asked.gone.addEventListener('abort', () => resolve({ phase: 'Left', name: 'hold-a', request: undefined }))
          }),
        ask: () => Promise.reject(new Error('not asked')),
        fileAgain: () => Promise.resolve('hold-b'),
        keepRefusal: () => undefined,
      },
    }))
    try {
      const waiting = held.send('DELETE /api/v1/namespaces/shop/configmaps')
      await until('it waits', () => held.deps.livePermits.count === 1)
      const object = suspension({ all: true })
      held.suspensions.push(object)
      held.tellSuspension({ type: 'ADDED', object })
      waits.approve?.()
      const { status, body } = await waiting
      expect([status, body]).toEqual([403, expect.stringContaining('it deletes too much')])
      expect(held.deps.livePermits.count).toBe(0)
    } finally {
      await held.stop()
    }
  })
})
