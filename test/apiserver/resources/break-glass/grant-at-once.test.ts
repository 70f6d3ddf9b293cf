import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveApi, user, type Served } from '../served-api.ts'
import {
  AGENT,
  breakGlass,
  causesOf,
  decide,
  eventsOf,
  glassy,
  grantsOf,
  install,
  plain,
  requestsOf,
  reviewNames,
  reviewsOf,
  START,
  WHY,
} from './break-glass-agents.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

it('makes the grant, its review and the event with the request', async () => {
  await install(api, glassy('agents'))
  const { code, body, headers } = await breakGlass(api, 'now')
  expect(code).toBe(201)
  const [review] = await reviewsOf(api)
  expect(body).toMatchObject({
    spec: { breakGlass: true, durationSeconds: 600 },
    status: {
      phase: 'Approved',
      grantName: 'now',
      decidedBy: { rule: 'breakGlass', policy: 'agents' },
      conditions: [
        { type: 'Approved', status: 'True', reason: 'BreakGlass', message: expect.stringContaining(review?.metadata.name ?? '?') as string },
      ],
    },
  })
  const grants = await grantsOf(api)
  expect(grants).toMatchObject([
    { metadata: { name: 'now' }, spec: { breakGlass: true, subject: { username: 'oidc:agent' }, expiresAt: '2026-11-25T12:10:00.000Z' } },
  ])
  expect(review).toMatchObject({
    spec: {
      requestName: 'now',
      grantName: 'now',
      grantUID: grants[0]?.metadata.uid,
      policies: ['agents'],
      subject: { username: 'oidc:agent' },
      reason: WHY,
      summary: 'patch deployments.apps -n shop',
      dueAt: '2026-11-26T12:00:00Z',
    },
  })
  expect(review?.metadata).not.toHaveProperty('ownerReferences')
  expect(await eventsOf(api)).toMatchObject([{ decision: 'BreakGlass', review: review?.metadata.name, message: WHY }])
  expect(headers.get('warning')).toContain('BREAK-GLASS')
})

it('a dry run checks the same and makes nothing', async () => {
  await install(api, glassy('agents'))
  const dry = await api.send(AGENT, 'POST accessrequests?dryRun=All', {
    body: {
      metadata: { name: 'now' },
      spec: { rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }], breakGlass: true, reason: WHY },
    },
  })
  expect(dry.body).toMatchObject({ status: { phase: 'Approved' } })
  expect([await grantsOf(api), await requestsOf(api), await reviewsOf(api), await eventsOf(api)]).toEqual([[], [], [], []])
})

describe('the limits are the strictest of all policies', () => {
  it.each([
    ['of breakGlass', glassy('a', { maxDurationSeconds: 120, maxUses: 4, reviewWithinSeconds: 60 })],
    ['of requests', glassy('a', { reviewWithinSeconds: 60 }, { requests: { maxDurationSeconds: 120, maxUses: 4 } })],
  ])('%s', async (_, strict) => {
    await install(api, strict, glassy('b', { maxDurationSeconds: 700, maxUses: 9 }))
    expect((await breakGlass(api, 'now', AGENT, { policy: 'b', durationSeconds: 3600, maxUses: 50 })).code).toBe(201)
    expect(await grantsOf(api)).toMatchObject([{ spec: { policy: 'b', maxUses: 4, expiresAt: '2026-11-25T12:02:00.000Z' } }])
    expect(await reviewsOf(api)).toMatchObject([{ spec: { policies: ['a', 'b'], dueAt: '2026-11-25T12:01:00Z' } }])
  })
})

describe('refuses', () => {
  it('a policy without breakGlass, also one of several', async () => {
    await install(api, glassy('a'), plain('b'))
    const refused = await breakGlass(api, 'now', AGENT, { policy: 'a' })
    expect([refused.code, causesOf(refused)]).toEqual([403, [{ reason: 'BreakGlassNotAllowed', message: 'b', field: 'spec.breakGlass' }]])
  })
  it('a user that is not a subject of breakGlass', async () => {
    await install(api, glassy('a', { subjects: [{ kind: 'User', name: 'oidc:other' }] }))
    expect((await breakGlass(api, 'now')).code).toBe(403)
  })
  it.each([
    ['no reason', { reason: '' }, 'spec.reason'],
    ['a reason of spaces', { reason: '              ' }, 'spec.reason'],
    ['a short reason', { reason: 'pls' }, 'spec.reason'],
    ['a reveal', { reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }, 'spec.reveal'],
  ])('%s', async (_, spec, field) => {
    await install(api, glassy('a'))
    const refused = await breakGlass(api, 'now', AGENT, spec)
    expect([refused.code, causesOf(refused).map((cause) => cause.field)]).toEqual([422, [field]])
  })
  it('what a policy denies, or requires an approval for', async () => {
    const rules = (['Deny', 'RequireApproval'] as const).map((effect) => ({
      name: effect.toLowerCase(),
      effect,
      match: { apiGroups: ['apps'], resources: [effect === 'Deny' ? 'deployments' : 'daemonsets'] },
    }))
    await install(api, glassy('a', {}, { rules }))
    expect((await breakGlass(api, 'now')).code).toBe(422)
    const held = { rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['daemonsets'], namespaces: ['shop'] }] }
    expect((await breakGlass(api, 'now', AGENT, held)).code).toBe(422)
    expect([await grantsOf(api), await reviewsOf(api)]).toEqual([[], []])
  })
  it('nothing less: breakGlass false is an ordinary request', async () => {
    await install(api, glassy('a'))
    expect((await breakGlass(api, 'now', AGENT, { breakGlass: false })).body).toMatchObject({ status: { phase: 'Pending' } })
    expect(await grantsOf(api)).toEqual([])
  })
})

describe('until the review is decided', () => {
  it.each([
    ['the same name', AGENT],
    ['another spelling', user('OIDC:Agent', 'agents')],
    ['another name with the same UID', { ...user('oidc:other', 'agents'), uid: 'u-1' }],
  ])('%s gets no other, under any policy', async (_, again) => {
    await install(api, glassy('a'), glassy('b'))
    expect((await breakGlass(api, 'one', { ...AGENT, uid: 'u-1' }, { policy: 'a' })).code).toBe(201)
    const [name] = await reviewNames(api)
    const refused = await breakGlass(api, 'two', again, { policy: 'b' })
    expect([refused.code, causesOf(refused)]).toEqual([403, [{ reason: 'BreakGlassUnreviewed', message: name, field: 'spec.breakGlass' }]])
    expect(refused.body['message']).toContain('policy "a" and policy "b"')
    expect((await decide(api, name ?? '', 'Justified')).code).toBe(200)
    expect((await breakGlass(api, 'two', again, { policy: 'b' })).code).toBe(201)
  })

  it('another user is not affected', async () => {
    await install(api, glassy('a'))
    await breakGlass(api, 'one')
    expect((await breakGlass(api, 'two', user('oidc:other', 'agents'))).code).toBe(201)
  })

  it('of many requests at once, one wins', async () => {
    await install(api, glassy('a'))
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => breakGlass(api, `at-once-${index}`)))
    expect([answers.filter(({ code }) => code === 201), answers.filter(({ code }) => code === 403)].map((each) => each.length)).toEqual([1, 11])
    expect([await grantsOf(api), await reviewsOf(api), await requestsOf(api)].map((each) => each.length)).toEqual([1, 1, 1])
  })

  it('deleting the request and the grant does not help', async () => {
    await install(api, glassy('a'))
    await breakGlass(api, 'one')
    const admin = user('admin', 'system:masters')
    for (const resource of ['accessgrants', 'accessrequests']) expect((await api.send(admin, `DELETE ${resource}/one`)).code).toBe(200)
    expect((await breakGlass(api, 'one')).code).toBe(403)
  })
})

it('perDay bounds uses that were reviewed too, for a day', async () => {
  await install(api, glassy('a', { perDay: 2 }), glassy('b'))
  for (const name of ['one', 'two']) {
    expect((await breakGlass(api, name, AGENT, { policy: 'b' })).code).toBe(201)
    for (const review of await reviewNames(api)) await decide(api, review, 'Justified')
  }
  const refused = await breakGlass(api, 'three', AGENT, { policy: 'b' })
  expect([refused.code, causesOf(refused)[0]?.reason]).toEqual([429, 'TooManyBreakGlass'])
  api.clock.now += 24 * 3600 * 1000
  expect((await breakGlass(api, 'three', AGENT, { policy: 'b' })).code).toBe(201)
})

const run = (number: number) => user(`oidc:run-${number}`, 'agents')
const asRun = (number: number, spec: object = {}) => breakGlass(api, `r${number}`, run(number), spec)

describe('totalPerDay bounds the uses of all users of a policy', () => {
  it('also of identities whose names change with each run, for a day', async () => {
    await install(api, glassy('agents', { totalPerDay: 3 }))
    for (const number of [1, 2, 3]) expect((await asRun(number)).code).toBe(201)
    const refused = await asRun(4)
    expect([refused.code, causesOf(refused)]).toEqual([
      429,
      [
        {
          reason: 'TooManyBreakGlass',
          field: 'spec.breakGlass',
          message:
            'the users of policy "agents" have used break-glass 3 times in the last 24 hours, and it allows 3; request the access without break-glass',
        },
      ],
    ])
    for (const review of await reviewNames(api)) await decide(api, review, 'Justified')
    expect((await asRun(5)).code).toBe(429)
    api.clock.now += 24 * 3600 * 1000
    expect((await asRun(6)).code).toBe(201)
  })

  it('is 10 by default', async () => {
    await install(api, glassy('agents'))
    const codes = []
    for (let number = 0; number < 11; number += 1) codes.push((await asRun(number)).code)
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 201), 429])
  })

  it('counts for each governing policy by itself, and the strictest holds', async () => {
    await install(api, glassy('wide', { totalPerDay: 50 }), glassy('narrow', { totalPerDay: 2 }))
    for (const number of [1, 2]) expect((await asRun(number, { policy: 'wide' })).code).toBe(201)
    expect((await asRun(3, { policy: 'wide' })).code).toBe(429)
    await install(api, plain('narrow', { subjects: [{ kind: 'User', name: 'somebody' }] } as never))
    expect((await asRun(4)).code).toBe(201)
  })

  it('of identities that ask at once, no more than the total get a grant', async () => {
    await install(api, glassy('agents', { totalPerDay: 2 }))
    const answers = await Promise.all(Array.from({ length: 8 }, (_, number) => asRun(number)))
    expect([201, 429].map((wanted) => answers.filter(({ code }) => code === wanted).length)).toEqual([2, 6])
    expect(await grantsOf(api)).toHaveLength(2)
  })
})
