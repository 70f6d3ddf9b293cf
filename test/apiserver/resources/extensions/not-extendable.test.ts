import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { put, serveApi, type Served } from '../served-api.ts'
import { agents, approve, at, claim, faultsOf, file, grantOf, granted, install, requestOf, revoke, RULES, SAM, START } from './extending.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
})
afterEach(() => api.close())

const later = (seconds: number): void => void (api.clock.now = START + seconds * 1000)
const EXTEND = { extends: 'first', durationSeconds: 1200, reason: 'the rollout takes longer' }

describe('a grant that is not live', () => {
  const ended: readonly (readonly [string, string, object, () => Promise<unknown>])[] = [
    ['revoked', 'Revoked', {}, () => revoke(api, 'first')],
    ['over', 'Expired', {}, () => Promise.resolve(later(600))],
    ['idle', 'Expired', {}, () => Promise.resolve(later(301))],
    ['used up', 'Exhausted', { maxUses: 1 }, () => claim(api, 'first', 'use-1')],
    ['in the future', 'NotYetValid', { notBefore: at(3600) }, () => Promise.resolve()],
  ]
  it.each(ended)('because it is %s cannot be extended: %s', async (what, reason, spec, end) => {
    await install(api, agents(what === 'idle' ? { idleSeconds: 300 } : {}))
    await granted(api, spec)
    await end()
    const answer = await file(api, 'more', EXTEND)
    expect([answer.code, faultsOf(answer)]).toEqual([422, [`spec.extends: ${reason}`]])
  })
  it.each(ended.filter(([what]) => ['revoked', 'idle', 'used up'].includes(what)))(
    'because it is %s since the request stays ended: %s',
    async (what, reason, spec, end) => {
      await install(api, agents(what === 'idle' ? { idleSeconds: 300 } : {}))
      await granted(api, spec)
      expect((await file(api, 'more', EXTEND)).code).toBe(201)
      await end()
      const before = await grantOf(api)
      const answer = await approve(api, 'more')
      expect([answer.code, faultsOf(answer)]).toEqual([409, [`spec.extends: ${reason}`]])
      expect([await grantOf(api), (await requestOf(api, 'more')).status?.conditions]).toEqual([before, undefined])
    },
  )
  it('because it was deleted stays deleted, also when another has its name', async () => {
    await install(api, agents())
    await granted(api)
    await file(api, 'more', EXTEND)
    for (const line of ['DELETE accessgrants/first', 'DELETE accessrequests/first']) await api.send(SAM, line)
    expect(faultsOf(await approve(api, 'more'))).toEqual(['spec.extends: GrantGone'])
    await granted(api)
    expect(faultsOf(await approve(api, 'more'))).toEqual(['spec.extends: GrantGone'])
    expect((await grantOf(api)).status?.extensions).toBeUndefined()
  })
  it('cannot be extended by an approver who narrows what it gives', async () => {
    await install(api, agents())
    await granted(api, { maxUses: 5 })
    await file(api, 'more', EXTEND)
    const answer = await approve(api, 'more', { narrowed: { rules: RULES, maxUses: 1 } })
    expect([answer.code, faultsOf(answer)]).toEqual([
      422,
      ['status.narrowed.rules: FieldValueForbidden', 'status.narrowed.maxUses: FieldValueForbidden'],
    ])
  })
})

it('never extends a grant of break-glass, or one for an exact operation', async () => {
  await install(api, agents())
  await granted(api)
  const { spec, ...grant } = await grantOf(api)
  for (const other of [
    { breakGlass: true },
    { operation: { method: 'POST', path: '/api/v1/namespaces/shop/pods/web/exec', digest: 'd'.repeat(64) } },
  ]) {
    await put(api.store, 'accessgrants', { ...grant, spec: { ...spec, ...other } })
    const answer = await file(api, 'more', EXTEND)
    expect([answer.code, faultsOf(answer)]).toEqual([422, ['spec.extends: FieldValueForbidden']])
  }
})

it('stops after 32 extensions', async () => {
  await install(api, agents())
  await granted(api)
  const grant = await grantOf(api)
  const one = { requestName: 'r', time: at(0), expiresAt: at(600) }
  await put(api.store, 'accessgrants', { ...grant, status: { ...grant.status, extensions: Array.from({ length: 32 }, () => one) } })
  expect(faultsOf(await file(api, 'more', EXTEND))).toEqual(['spec.extends: FieldValueTooMany'])
})

it('extends nothing in a freeze, whether the request was filed before it or in it', async () => {
  const freeze = { name: 'year-end', effect: 'Freeze', timeZone: 'UTC', start: at(100), end: at(86_400), reason: 'the books are closed' } as const
  await install(api, agents({}, { approvals: { windows: [freeze] } }))
  await granted(api)
  await file(api, 'before', EXTEND)
  later(100)
  expect([(await approve(api, 'before')).code, (await file(api, 'during', { ...EXTEND, durationSeconds: 1300 })).code]).toEqual([403, 403])
  expect((await grantOf(api)).status?.extensions).toBeUndefined()
})
