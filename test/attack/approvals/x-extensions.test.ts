import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expiryOf, grantPhase } from '../../../domain/api/access-grant.ts'
import {
  AGENT,
  agents,
  approve,
  at,
  faultsOf,
  file,
  grantOf,
  granted,
  install,
  OTHER,
  revoke,
  RULES,
  SAM,
  START,
} from '../../apiserver/resources/extensions/extending.ts'
import { put, serveApi, type Served } from '../../apiserver/resources/served-api.ts'

/** A grant does not outlive its approvals by being extended. */
let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await install(api, agents({ maxDurationSeconds: 1800 }))
  await granted(api)
})
afterEach(() => api.close())

describe('X. extensions', () => {
  it('X180 many extensions that are filed at once do not add up, in whatever order they are approved', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const [index, name] of names.entries()) await file(api, name, { extends: 'first', durationSeconds: 1796 + index })
    api.clock.now = START + 60_000
    for (const name of names) await approve(api, name)
    expect(expiryOf(await grantOf(api))).toBe(at(1860))
  })

  it('X181 an agent cannot extend what it has not: the grant of another agent, wider rules, more uses, or by its own approval', async () => {
    const wide = [...RULES, { verbs: ['delete'], resources: ['pods'], namespaces: ['shop'] }]
    for (const [spec, as] of [
      [{ extends: 'first' }, OTHER],
      [{ extends: 'first', rules: wide }, AGENT],
      [{ extends: 'first', maxUses: 100 }, AGENT],
      [{ extends: 'first', reveal: [{ namespace: 'shop', secret: 'db', keys: ['password'] }] }, AGENT],
    ] as const)
      expect((await file(api, 'more', { durationSeconds: 1200, ...spec }, { as })).code).toBe(422)
    await file(api, 'more', { extends: 'first', durationSeconds: 1200 })
    for (const as of [AGENT, OTHER]) expect((await approve(api, 'more', { as })).code).toBe(403)
    const { body } = await api.send(AGENT, 'GET accessgrants/first')
    const status = { extensions: [{ requestName: 'more', time: at(0), expiresAt: at(99_999) }] }
    await api.send(SAM, 'PUT accessgrants/first', { body: { ...body, status } })
    await api.send(AGENT, 'PATCH accessgrants/first/revocation', { type: 'application/merge-patch+json', body: { status } })
    expect((await grantOf(api)).status?.extensions).toBeUndefined()
  })

  it('X182 a grant that has ended does not live again, by an extension that was filed before or after', async () => {
    await file(api, 'before', { extends: 'first', durationSeconds: 1200 })
    await revoke(api, 'first')
    expect(faultsOf(await approve(api, 'before'))).toEqual(['spec.extends: Revoked'])
    expect(faultsOf(await file(api, 'after', { extends: 'first', durationSeconds: 1300 }))).toEqual(['spec.extends: Revoked'])
    const { resourceVersion: _, ...metadata } = (await grantOf(api)).metadata
    await put(api.store, 'accessgrants', { ...(await grantOf(api)), metadata: { ...metadata, uid: 'another' }, status: {} })
    expect(faultsOf(await approve(api, 'before'))).toEqual(['spec.extends: GrantGone'])
    expect(grantPhase(await grantOf(api), START + 600_000)).toBe('Expired')
  })
})
