import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweep } from '../../../../apiserver/retention.ts'
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
  REVIEWER,
  reviewNames,
  reviewsOf,
  START,
} from './break-glass-agents.ts'

let api: Served
let name: string
beforeEach(async () => {
  api = await serveApi(START)
  await install(api, glassy('a'), glassy('b'))
  await breakGlass(api, 'one', AGENT, { policy: 'a' })
  name = (await reviewNames(api))[0] ?? ''
})
afterEach(() => api.close())

const ADMIN = user('admin', 'system:masters')
const DAY_MS = 86_400_000

it('a client cannot create one', async () => {
  const [review] = await reviewsOf(api)
  expect((await api.send(ADMIN, 'POST breakglassreviews', { body: { ...review, metadata: { name: 'mine' } } })).code).toBe(405)
})

it('a client can change neither its spec nor its metadata', async () => {
  for (const body of [{ spec: { reason: 'other' } }, { metadata: { finalizers: ['example.com/x'] } }]) {
    const patch = { type: 'application/merge-patch+json', body }
    expect((await api.send(ADMIN, `PATCH breakglassreviews/${name}`, patch)).code).toBe(405)
    expect((await api.send(ADMIN, `PATCH breakglassreviews/${name}/decision`, patch)).code).toBe(422)
  }
})

describe('a decision', () => {
  it('is stamped, recorded and shown', async () => {
    expect((await decide(api, name, 'Justified', { message: 'the incident was real' })).body).toMatchObject({
      status: {
        phase: 'Justified',
        reviewer: { username: 'rita' },
        conditions: [{ type: 'Justified', reason: 'Seen', message: 'the incident was real', lastTransitionTime: '2026-11-25T12:00:00Z' }],
      },
    })
    expect((await eventsOf(api)).at(-1)).toMatchObject({ decision: 'Justified', review: name, by: 'rita', user: 'oidc:agent' })
    expect((await grantsOf(api))[0]?.status).toBeUndefined()
  })

  it('that the use was not justified ends the live grant at once', async () => {
    expect((await decide(api, name, 'Unjustified', { message: 'no incident' })).code).toBe(200)
    expect((await grantsOf(api))[0]?.status?.conditions).toMatchObject([{ type: 'Revoked', status: 'True', message: 'rita: no incident' }])
    expect((await eventsOf(api)).map(({ decision }) => decision)).toEqual(['BreakGlass', 'Revoked', 'Unjustified'])
  })

  it('does not touch a grant that has ended, or another one of that name', async () => {
    const [grant] = await grantsOf(api)
    const entry = await api.store.get('accessgrants', 'one')
    const other = { ...grant, metadata: { ...grant?.metadata, uid: 'another' } }
    await api.store.commit([{ resource: 'accessgrants', name: 'one', expected: entry?.version ?? 0, value: other as never }])
    await decide(api, name, 'Unjustified')
    expect((await grantsOf(api))[0]?.status).toBeUndefined()
  })

  it('is made once', async () => {
    await decide(api, name, 'Unjustified')
    const again = await decide(api, name, 'Justified')
    expect([again.code, causesOf(again)[0]?.reason]).toEqual([409, 'Unjustified'])
  })

  it.each([
    ['another condition', 'Approved', 'seen'],
    ['an empty message', 'Justified', '  '],
    ['a message with hidden characters', 'Justified', 'seen\u202e'],
  ])('with %s is invalid', async (_, type, message) => {
    expect((await decide(api, name, type, { message })).code).toBe(422)
  })

  it.each([
    ['its subject, even if it may certify', { ...AGENT, groups: ['sre'] }],
    ['its subject under another spelling', user('OIDC:AGENT', 'sre')],
    ['a governed user', user('rita', 'sre', 'agents')],
    ['a user that may not certify', user('rita')],
  ])('by %s is refused', async (_, who) => {
    api.rights = ({ groups }, { verb }) => verb === 'view' || (verb === 'certify' && groups.includes('sre'))
    expect((await decide(api, name, 'Justified', { as: who })).code).toBe(403)
  })

  it('needs certify under every policy', async () => {
    api.rights = (_, attributes) => attributes.verb === 'view' || (attributes.verb === 'certify' && attributes.name !== 'b')
    const refused = await decide(api, name, 'Justified')
    expect([refused.code, causesOf(refused)]).toEqual([403, [{ reason: 'CertifyRequired', message: 'b', field: 'shop' }]])
  })
})

const only = (who: string) => ({ reviewers: [{ kind: 'User', name: who }] as const })

describe('reviewers of a policy', () => {
  it('are the only ones that decide', async () => {
    await install(api, glassy('a', only('someone')))
    expect((await decide(api, name, 'Justified')).code).toBe(403)
    await install(api, glassy('a', only('rita')))
    expect((await decide(api, name, 'Justified')).code).toBe(200)
  })
  it('count as they were at the use when the policy no longer allows break-glass', async () => {
    await decide(api, name, 'Justified')
    await install(api, glassy('a', only('someone')))
    await breakGlass(api, 'two', AGENT, { policy: 'a' })
    const later = (await reviewNames(api)).find((each) => each !== name) ?? ''
    await install(api, plain('a'))
    expect((await decide(api, later, 'Justified')).code).toBe(403)
    expect((await decide(api, later, 'Justified', { as: user('someone', 'sre') })).code).toBe(200)
  })
})

const seen = async (who: typeof AGENT) => ((await api.send(who, 'GET breakglassreviews')).body['items'] as readonly unknown[]).length

describe('an open review', () => {
  it('cannot be deleted by anybody', async () => {
    const refused = await api.send(ADMIN, `DELETE breakglassreviews/${name}`)
    expect([refused.code, causesOf(refused)[0]?.reason]).toEqual([403, 'Unreviewed'])
    expect(refused.body['message']).toContain(`kubectl certify review ${name}`)
    expect((await api.send(ADMIN, 'DELETE breakglassreviews')).code).toBe(403)
    expect(await reviewNames(api)).toEqual([name])
    await decide(api, name, 'Justified')
    expect((await api.send(ADMIN, `DELETE breakglassreviews/${name}`)).code).toBe(200)
  })

  it('survives retention, and keeps its subject from another use', async () => {
    api.clock.now += 60 * DAY_MS
    await sweep(api.store, api.clock.now, 1)
    expect(await grantsOf(api)).toEqual([])
    expect(await reviewNames(api)).toEqual([name])
    expect((await breakGlass(api, 'two', AGENT, { policy: 'a' })).code).toBe(403)
    await decide(api, name, 'Justified')
    api.clock.now += 2 * DAY_MS
    await sweep(api.store, api.clock.now, 3 * 86_400)
    expect(await reviewNames(api)).toEqual([name])
    await sweep(api.store, api.clock.now, 86_400)
    expect(await reviewNames(api)).toEqual([])
    expect((await api.store.list('breakglassusage')).entries).toEqual([])
  })

  it('is overdue after its time', async () => {
    const phase = async () => (await api.send(ADMIN, `GET breakglassreviews/${name}`)).body['status']
    expect(await phase()).toEqual({ phase: 'Open' })
    api.clock.now += DAY_MS
    expect(await phase()).toEqual({ phase: 'Overdue' })
  })

  it('is seen by its subject and by those who may certify', async () => {
    expect([await seen(AGENT), await seen(user('oidc:other', 'agents')), await seen(user('nobody')), await seen(REVIEWER)]).toEqual([1, 0, 0, 1])
  })
})
