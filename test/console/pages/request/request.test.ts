import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import type { BreakGlassReview } from '../../../../domain/api/break-glass/review.ts'
import { put } from '../../../apiserver/resources/served-api.ts'
import { hiddenField } from '../../../../hack/browser/plain-browser.ts'
import { AGENT, startFixture, type Fixture } from '../../console-fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  const breakGlass = { subjects: [{ kind: 'Group' as const, name: 'oidc:agents' }] }
  fixture = await startFixture({ spec: { requests: { maxPending: 100 }, approvals: { breakGlass } } })
})
afterAll(() => fixture.close())

const used = (): Promise<string> => fixture.ask({ breakGlass: true, reason: 'the shop is down, incident 4711' })
const page = (name: string): string => `${fixture.url}/requests/${name}`

describe('what a request page shows besides the request', () => {
  it('what its requester asked before, and what became of it', async () => {
    const before = await fixture.ask({ reason: 'first' })
    const alice = await fixture.signedIn()
    const form = await alice.open(page(before))
    await alice.post(`${page(before)}/deny`, { csrf: hiddenField(form, 'csrf'), seen: hiddenField(form, 'seen'), reason: 'not today' })
    const { text } = await alice.open(page(await fixture.ask()))
    expect(text).toContain('Asked before, in the last 7 days')
    expect(text).toMatch(/denied by oidc:alice: not today/)
    expect(text).toContain('you decided 1')
    expect(text).toContain(`href="/requests/${before}"`)
  })
  it('what it would touch, as the apiserver reads it', async () => {
    fixture.api.impactReader = () => ({
      read: () => Promise.resolve({ is: 'unreadable', why: '<b>why</b>' }),
      count: () => Promise.resolve({ is: 'absent' }),
    })
    const { text } = await (await fixture.signedIn()).open(page(await fixture.ask()))
    expect(text).toContain('What it touches now')
    expect(text).toContain('could not be read: &lt;b&gt;why&lt;/b&gt;')
  })
  it('a difference side by side, by a link that needs no script', async () => {
    const request: AccessRequest = {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name: 'scaled', uid: 'u' },
      spec: {
        requester: { username: 'oidc:agent' },
        policy: 'agents',
        operation: { method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web', digest: 'a', diff: '-replicas: 3\n+replicas: 0\n' },
      },
      status: { expiresAt: '2036-11-25T12:30:00Z', policies: ['agents'] },
    }
    await put(fixture.api.store, 'accessrequests', request)
    const alice = await fixture.signedIn()
    expect((await alice.open(page('scaled'))).text).toContain('href="/requests/scaled?diff=split#difference"')
    expect((await alice.open(`${page('scaled')}?diff=split`)).text).toContain('<table class="diff">')
    expect((await alice.open(`${page('scaled')}?diff=%3Cscript%3E`)).text).not.toContain('<table class="diff">')
  })
  it('why it cannot be approved in a freeze, before the form', async () => {
    const windows = [{ name: 'holidays', effect: 'Freeze' as const, timeZone: 'UTC', start: '2000-01-01T00:00:00Z', end: '2090-01-01T00:00:00Z' }]
    const frozen = await startFixture()
    try {
      const name = await frozen.ask()
      const policy = (await frozen.api.send(AGENT, 'GET accesspolicies/agents')).body as unknown as { spec: object; metadata: object }
      const body = { ...policy, spec: { ...policy.spec, approvals: { windows } } }
      const changed = await frozen.api.send({ username: 'admin', uid: '', groups: ['system:masters'], extra: {} }, 'PUT accesspolicies/agents', {
        body,
      })
      expect(changed.code, changed.text).toBe(200)
      const alice = await frozen.signedIn()
      const { text } = await alice.open(`${frozen.url}/requests/${name}`)
      expect(text.indexOf('It cannot be approved now: policy &quot;agents&quot; is frozen')).toBeGreaterThan(0)
      expect(text.indexOf('It cannot be approved now')).toBeLessThan(text.indexOf('<h3>Approve</h3>'))
      const refused = await alice.post(`${frozen.url}/requests/${name}/approve`, {
        csrf: hiddenField({ text }, 'csrf'),
        seen: hiddenField({ text }, 'seen'),
      })
      expect(refused.code).toBe(403)
    } finally {
      await frozen.close()
    }
  })
})

describe('the next request of the inbox', () => {
  it('is the one after this, the first after the last, and the inbox when nothing waits', async () => {
    const three = await startFixture()
    try {
      const alice = await three.signedIn()
      const next = async (after: string): Promise<string | null> => (await alice.once(`${three.url}/next?after=${after}`)).headers.get('location')
      expect(await next('x')).toBe('/')
      for (const name of ['a', 'b', 'c'])
        await put(three.api.store, 'accessrequests', {
          apiVersion: 'jit.access/v1',
          kind: 'AccessRequest',
          metadata: { name, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
          spec: { requester: { username: 'oidc:agent' }, policy: 'agents', rules: [{ verbs: ['get'], resources: ['pods'] }] },
          status: { expiresAt: '2036-11-25T12:30:00Z' },
        })
      expect([await next('a'), await next('b'), await next('c'), await next('gone')]).toEqual([
        '/requests/b',
        '/requests/c',
        '/requests/a',
        '/requests/a',
      ])
    } finally {
      await three.close()
    }
  })
})

describe('a request that used break-glass', () => {
  it('is in the inbox of reviewers, and is decided on its page', async () => {
    const name = await used()
    const alice = await fixture.signedIn()
    expect((await alice.open(`${fixture.url}/`)).text).toContain('Break-glass to review')
    const shown = await alice.open(page(name))
    expect(shown.text).toContain('the access was granted at once, without an approver')
    const form = { csrf: hiddenField(shown, 'csrf'), review: hiddenField(shown, 'review') }
    expect((await alice.post(`${page(name)}/review`, { ...form, decision: 'Justified' })).code).toBe(422)
    expect((await alice.post(`${page(name)}/review`, { ...form, decision: 'Perhaps', reason: 'seen' })).code).toBe(422)
    expect((await alice.post(`${page(name)}/review`, { ...form, csrf: 'x', decision: 'Justified', reason: 'seen' })).code).toBe(403)
    expect((await alice.post(`${page(name)}/review`, { ...form, decision: 'Justified', reason: 'the shop was down' })).code).toBe(200)
    const review = (await fixture.api.send({ ...AGENT, username: 'admin', groups: ['system:masters'] }, `GET breakglassreviews/${form.review}`))
      .body as unknown as BreakGlassReview
    expect(review.status).toMatchObject({ phase: 'Justified', reviewer: { username: 'oidc:alice' } })
    expect((await alice.post(`${page(name)}/review`, { ...form, decision: 'Unjustified', reason: 'again' })).code).toBe(409)
    expect((await alice.open(`${fixture.url}/`)).text).not.toContain('Break-glass to review')
  })
})
