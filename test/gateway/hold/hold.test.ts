import { describe, expect, it } from 'vitest'
import { Permit } from '../../../domain/permit.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { allowed, CANARY, heldOf, holdFixture } from './hold-fixture.ts'

const filings = (sent: ReturnType<typeof holdFixture>['sent']) => sent.filter(({ target }) => target.startsWith('/apis/jit.access/'))
const approved = { conditions: [{ type: 'Approved', status: 'True' }] } as const

describe('a held operation', () => {
  it('continues when exactly this operation is approved', async () => {
    const { hold, decide, events, stored } = holdFixture()
    const waiting = hold(heldOf().held)
    await expect.poll(() => stored.size, { interval: 1 }).toBe(1)
    decide('Approved', 'fine')
    expect(Permit.isSealed(await waiting)).toBe(true)
    expect(events.map(({ event }) => event)).toEqual(['hold.filed', 'hold.decided'])
  })

  it('frees its place when its wait ends', async () => {
    const { hold, decide, isWaiting } = holdFixture({ maxPending: 1 })
    for (const digest of ['a', 'b', 'c'].map((letter) => letter.repeat(64))) {
      const waiting = hold({ ...heldOf().held, digest })
      await isWaiting()
      decide('Denied', 'no')
      await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('denied by') as string })
    }
  })

  it('is filed although its client disconnects, since others may wait for the request', async () => {
    const { hold, sent, isWaiting } = holdFixture()
    const { held, leave } = heldOf()
    const waiting = hold(held)
    await isWaiting()
    leave()
    await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('the client has left') as string })
    expect(filings(sent).map(({ signal }) => signal.aborted)).toEqual([false])
  })

  it('is filed as the agent, with its digest, one rule and a masked diff', async () => {
    const { hold, decide, stored, sent, isWaiting } = holdFixture()
    const waiting = hold(heldOf().held)
    await isWaiting()
    const [request] = [...stored.values()]
    expect(request?.spec.rules).toEqual([
      { verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['old'] },
    ])
    expect(request?.spec.operation).toEqual({
      method: 'DELETE',
      path: '/apis/apps/v1/namespaces/shop/deployments/old',
      digest: 'd'.repeat(64),
      summary: 'delete deployments.apps "old" in namespace "shop"',
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      dryRun: 'Changed',
      body: 'propagationPolicy: Background',
      diff: expect.stringMatching(
        /^-apiVersion: apps\/v1\n-kind: Deployment\n-metadata:\n-  name: old\n-  namespace: shop\n-spec:\n-  replicas: 1\n-  note: "\[.*masked.*\]"$/,
      ) as string,
    })
    expect(JSON.stringify(request)).not.toContain(CANARY)
    expect(filings(sent)[0]?.headers).toContainEqual(['Impersonate-Extra-jit.access%2Fhold', 'file'])
    decide('Approved', 'fine')
    await waiting
  })

  it('is tried with the DeleteOptions of the client and dryRun in the body, which replaces the query', async () => {
    const { hold, decide, sent, isWaiting } = holdFixture()
    const waiting = hold(heldOf().held)
    await isWaiting()
    decide('Approved', 'fine')
    await waiting
    const deletes = sent.filter(({ method }) => method === 'DELETE')
    expect(deletes.map(({ target, body }) => [target, body?.toString()])).toEqual([
      [
        '/apis/apps/v1/namespaces/shop/deployments/old?dryRun=All',
        '{"propagationPolicy":"Background","apiVersion":"v1","kind":"DeleteOptions","dryRun":["All"]}',
      ],
    ])
  })

  it('is not executed when it would now make another change, and a new request is filed', async () => {
    const { hold, decide, stored } = holdFixture()
    const { held } = heldOf()
    const verdict = { kind: 'ask', for: 'approval', decision: held.decision } as const
    const waiting = hold(held, () => Promise.resolve({ verdict, wasApproved: () => true }))
    await expect.poll(() => stored.size, { interval: 1 }).toBe(1)
    decide('Approved', 'fine')
    await expect(waiting).rejects.toMatchObject({ code: 403, details: { causes: [{ reason: 'ApprovalSpent' }] } })
    expect(stored.size).toBe(2)
    const [, next] = [...stored.keys()]
    await expect(waiting).rejects.toThrow(next)
  })

  it('is refused with the reviewer and the reason of the denial', async () => {
    const { hold, decide, isWaiting } = holdFixture()
    const waiting = hold(heldOf().held)
    await isWaiting()
    decide('Denied', 'it still serves customers')
    await expect(waiting).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('denied by "oidc:approver": it still serves customers') as string,
    })
  })

  it('is refused after a timeout, and its request stays open for its pending TTL', async () => {
    const { hold, stored, events } = holdFixture()
    await expect(hold(heldOf({ timeoutMs: 30 }).held)).rejects.toMatchObject({
      code: 403,
      message: expect.stringMatching(/timed out.*no approver has decided.*stays open until 20.*run the same command again/) as string,
      details: {
        causes: [{ reason: 'ApprovalTimedOut', message: expect.stringMatching(/^hold-[0-9a-f]{20}-1$/) as string, field: 'accessrequest' }],
      },
    })
    expect([...stored.values()].map(({ status }) => status?.conditions ?? [])).toEqual([[]])
    expect(events.at(-1)).toMatchObject({ event: 'hold.decided', decision: 'TimedOut' })
  })

  it('reports the number of approvals when it times out before the last one', async () => {
    const review = { reviewer: { username: 'oidc:approver' }, decision: 'Approved', time: '2026-01-01T00:00:00Z' } as const
    const { hold, events } = holdFixture({ filed: { reviews: [review], requiredApprovals: 3, policies: ['agents', 'owners'] } })
    const waiting = hold(heldOf({ timeoutMs: 30 }).held)
    const said = '1 of 3 approvals is given; 2 more are missing, by other people who may certify under policy "agents" and policy "owners"'
    await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining(said) as string })
    expect(events.at(-1)).toMatchObject({ decision: 'TimedOut', approvedBy: ['oidc:approver'], required: 3 })
  })

  it('leaves its request open when its client disconnects, and a retry waits for the same request', async () => {
    const { hold, stored, events, sent, decide, isWaiting } = holdFixture()
    for (let tries = 0; tries < 4; tries++) {
      const { held, leave } = heldOf()
      const waiting = hold(held)
      await isWaiting()
      leave()
      await expect(waiting).rejects.toMatchObject({ code: 403 })
      expect(events.at(-1)).toMatchObject({ event: 'hold.decided', decision: 'Left' })
    }
    expect([...stored.values()].map(({ status }) => status?.conditions ?? [])).toEqual([[]])
    const patient = hold(heldOf().held)
    await isWaiting()
    decide('Approved', 'fine')
    expect(Permit.isSealed(await patient)).toBe(true)
    expect(filings(sent)).toHaveLength(1)
  })

  it('is filed even if its client disconnects meanwhile', async () => {
    const { hold, stored } = holdFixture()
    const { held, leave } = heldOf()
    const waiting = hold(held)
    leave()
    await expect(waiting).rejects.toMatchObject({ code: 403 })
    expect(stored.size).toBe(1)
  })

  it('is refused when its client disconnects at the time of the approval, so that no use is taken', async () => {
    const { hold, decide, isWaiting } = holdFixture()
    const { held, leave } = heldOf()
    const waiting = hold(held, () => (leave(), Promise.resolve(allowed(held))))
    await isWaiting()
    decide('Approved', 'fine')
    await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('the client has left') as string })
  })

  it('ends when its request expires first', async () => {
    const { hold } = holdFixture({ pendingMs: 40 })
    await expect(hold(heldOf().held)).rejects.toMatchObject({ code: 403, details: { causes: [{ reason: 'Expired' }] } })
  })

  it('ends when its token expires, and its request stays open', async () => {
    const { hold, stored, events } = holdFixture()
    await expect(hold(heldOf({ tokenExpiresAtMs: Date.now() + 40 }).held)).rejects.toMatchObject({
      code: 401,
      message: expect.stringContaining('new token') as string,
      details: { causes: [{ reason: 'TokenEnded' }] },
    })
    expect([...stored.values()].map(({ status }) => status?.conditions ?? [])).toEqual([[]])
    expect(events.at(-1)).toMatchObject({ event: 'hold.decided', decision: 'TokenExpired' })
  })

  it('is not executed after approval when its token is no longer accepted', async () => {
    const { hold, decide, isWaiting } = holdFixture()
    const { held } = heldOf()
    let judged = false
    const refused = { ...held.asked, authenticateAgain: () => Promise.reject(new StatusError('Unauthorized', 'no')) }
    const waiting = hold({ ...held, asked: refused }, () => ((judged = true), Promise.resolve(allowed(held))))
    await isWaiting()
    decide('Approved', 'fine')
    await expect(waiting).rejects.toMatchObject({ code: 401, message: expect.stringContaining('is approved, but nothing was done') as string })
    expect(judged).toBe(false)
  })

  it.each([
    ['Denied', 'denied by "oidc:approver"'],
    ['Approved', undefined],
  ] as const)('reads that it was %s when the watch only reports that the request left', async (decision, refusal) => {
    const { hold, stored, leaveWatch, isWaiting } = holdFixture()
    const waiting = hold(heldOf().held)
    await isWaiting()
    const [request] = [...stored.values()]
    if (request === undefined) throw new Error('nothing was filed')
    const review = { reviewer: { username: 'oidc:approver' }, decision, time: '2026-01-01T00:00:00Z' }
    stored.set(request.metadata.name, { ...request, status: { conditions: [{ type: decision, status: 'True' }], reviews: [review] } })
    leaveWatch(request.metadata.name)
    if (refusal === undefined) expect(Permit.isSealed(await waiting)).toBe(true)
    else await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining(refusal) as string })
  })

  it('is refused when its request is deleted', async () => {
    const { hold, stored, remove } = holdFixture()
    const waiting = hold(heldOf().held)
    await expect.poll(() => stored.size, { interval: 1 }).toBe(1)
    for (const name of stored.keys()) remove(name)
    await expect(waiting).rejects.toMatchObject({ code: 403, details: { causes: [{ reason: 'ApprovalFailed' }] } })
  })

  it('notices a decision that was made while its watch was broken', async () => {
    const { hold, stored, watches } = holdFixture()
    const waiting = hold(heldOf().held)
    await expect.poll(() => watches.size, { interval: 1 }).toBe(1)
    const [request] = [...stored.values()]
    if (request === undefined) throw new Error('nothing was filed')
    stored.set(request.metadata.name, { ...request, metadata: { ...request.metadata, resourceVersion: '2' }, status: approved })
    for (const watch of watches) watch.write(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } })}\n`)
    expect(Permit.isSealed(await waiting)).toBe(true)
  })

  it('X123 watches only its own request, and stops when it is decided', async () => {
    const { hold, stored, put, decide, asked, watches } = holdFixture()
    const waiting = hold(heldOf().held)
    await expect.poll(() => watches.size, { interval: 1 }).toBe(1)
    const [name = ''] = stored.keys()
    for (let other = 0; other < 50; other++)
      put({ apiVersion: 'jit.access/v1', kind: 'AccessRequest', metadata: { name: `other-${other}` }, spec: { reason: 'x'.repeat(60_000) } })
    expect([...watches].map(({ writableLength, readableLength }) => writableLength + readableLength)).toEqual([0])
    expect(new Set(asked)).toEqual(new Set([`metadata.name=${name}`]))
    decide('Approved', 'fine')
    await waiting
    await expect.poll(() => watches.size, { interval: 1 }).toBe(0)
  })

  it('files one request even if the agent retries', async () => {
    const { hold, decide, sent, isWaiting } = holdFixture()
    const both = [hold(heldOf().held), hold(heldOf().held)]
    await isWaiting(2)
    decide('Approved', 'fine')
    await Promise.all(both)
    expect(filings(sent)).toHaveLength(1)
  })

  it('keeps waiting for the other clients when one of them disconnects', async () => {
    const { hold, decide, stored, isWaiting } = holdFixture()
    const [first, second] = [heldOf(), heldOf()]
    const [leaving, staying] = [hold(first.held), hold(second.held)]
    await isWaiting(2)
    first.leave()
    await expect(leaving).rejects.toMatchObject({ code: 403 })
    expect([...stored.values()][0]?.status?.conditions ?? []).toEqual([])
    decide('Approved', 'fine')
    expect(Permit.isSealed(await staying)).toBe(true)
  })

  it('files a new request after a denial', async () => {
    const { hold, decide, stored, isWaiting } = holdFixture()
    for (let count = 0; count < 2; count++) {
      const waiting = hold(heldOf().held)
      await isWaiting()
      decide('Denied', 'no')
      await expect(waiting).rejects.toMatchObject({ code: 403 })
    }
    expect([...stored.keys()].map((name) => name.slice(-2))).toEqual(['-1', '-2'])
  })

  it('gets the same denial when kubectl retries over SPDY, without a second request', async () => {
    const { hold, decide, sent, isWaiting } = holdFixture()
    const exec = { method: 'GET', path: '/api/v1/namespaces/shop/pods/web/exec' } as const
    const waiting = hold(heldOf({ ...exec, upgrade: 'websocket' }).held)
    await isWaiting()
    decide('Denied', 'no')
    await expect(waiting).rejects.toMatchObject({ code: 403 })
    await expect(hold(heldOf({ ...exec, method: 'POST', upgrade: 'spdy/3.1' }).held)).rejects.toMatchObject({
      message: expect.stringContaining('no') as string,
    })
    expect(filings(sent)).toHaveLength(1)
  })

  it('files no request when the server would refuse the operation', async () => {
    const body = { kind: 'Status', reason: 'NotFound', message: `deployments.apps "old" not found near ${CANARY}`, code: 404 }
    const { hold, sent } = holdFixture({ dryRun: { status: 404, body } })
    await expect(hold(heldOf().held)).rejects.toMatchObject({ code: 404, message: 'deployments.apps "old" not found near [jit.access/masked]' })
    expect(filings(sent)).toHaveLength(0)
  })

  it('is refused with 429 when too many wait', async () => {
    const { hold, decide, isWaiting } = holdFixture({ maxPending: 1 })
    const waiting = hold(heldOf().held)
    await expect(hold(heldOf({ digest: 'e'.repeat(64) }).held)).rejects.toMatchObject({ code: 429, details: { retryAfterSeconds: 10 } })
    await isWaiting()
    decide('Approved', 'fine')
    await waiting
  })
})
