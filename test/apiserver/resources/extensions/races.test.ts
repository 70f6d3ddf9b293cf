import { afterEach, beforeEach, expect, it } from 'vitest'
import { grantPhase, expiryOf } from '../../../../domain/api/access-grant.ts'
import { serveApi, type Served } from '../served-api.ts'
import { agents, approve, at, claim, faultsOf, file, grantOf, granted, install, requestOf, revoke, RITA, SAM, START } from './extending.ts'

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await install(api, agents())
  await granted(api)
  await file(api, 'more', { extends: 'first', durationSeconds: 1200 })
})
afterEach(() => api.close())

/** Runs something once, between the moment at which an approval reads the grant and the one at which it is stored. */
function beforeTheCommit(run: () => Promise<unknown>): void {
  const { commit } = api.store
  let isDone = false
  Object.assign(api.store, {
    commit: async (writes: Parameters<typeof commit>[0]) => {
      if (!isDone && writes.some(({ resource, name }) => resource === 'accessrequests' && name === 'more')) {
        isDone = true
        await run()
      }
      return await commit.call(api.store, writes)
    },
  })
}

/** An approval by PUT, as kubectl certify sends it. */
const replaceApproval = async () => {
  const { body } = await api.send(RITA, 'GET accessrequests/more')
  const status = { ...(body['status'] as object), conditions: [{ type: 'Approved', status: 'True' }] }
  return await api.send(RITA, 'PUT accessrequests/more/approval', { body: { ...body, status } })
}

it.each([
  ['PATCH', () => approve(api, 'more')],
  ['PUT', replaceApproval],
])('a revocation between the check and the commit of an approval by %s wins', async (_, decide) => {
  beforeTheCommit(() => revoke(api, 'first'))
  const answer = await decide()
  expect([answer.code, faultsOf(answer)]).toEqual([409, ['spec.extends: Revoked']])
  const grant = await grantOf(api)
  expect([grantPhase(grant, START), grant.status?.extensions]).toEqual(['Revoked', undefined])
  expect((await requestOf(api, 'more')).status?.conditions).toBeUndefined()
})

it('the end of the grant between the check and the commit wins when the grant is read again', async () => {
  beforeTheCommit(async () => {
    await claim(api, 'first', 'use-1')
    api.clock.now = START + 600_000
  })
  const answer = await approve(api, 'more')
  expect([answer.code, faultsOf(answer)]).toEqual([409, ['spec.extends: Expired']])
  expect((await grantOf(api)).status?.extensions).toBeUndefined()
})

it.each([
  ['PATCH', () => approve(api, 'more')],
  ['PUT', replaceApproval],
])('a use that is taken between the check and the commit of an approval by %s is not lost', async (_, decide) => {
  beforeTheCommit(() => claim(api, 'first', 'use-1'))
  expect((await decide()).code).toBe(200)
  const { status } = await grantOf(api)
  expect([status?.uses, status?.extensions]).toMatchObject([1, [{ expiresAt: at(1200) }]])
})

it('an approval and a revocation at once leave a revoked grant', async () => {
  const [approved, revoked] = await Promise.all([approve(api, 'more'), revoke(api, 'first')])
  expect([revoked.code, [200, 409].includes(approved.code)]).toEqual([200, true])
  expect(grantPhase(await grantOf(api), START)).toBe('Revoked')
  expect((await requestOf(api, 'more')).status?.grantName).toBe(approved.code === 200 ? 'first' : undefined)
})

it('two approvals at once extend the grant once', async () => {
  const codes = await Promise.all([replaceApproval(), approve(api, 'more', { as: SAM })])
  expect(new Set(codes.map(({ code }) => code))).toEqual(new Set([200, 409]))
  const grant = await grantOf(api)
  expect([grant.status?.extensions?.length, expiryOf(grant)]).toEqual([1, at(1200)])
})

it('approvals of two extensions at once are both stored', async () => {
  await file(api, 'most', { extends: 'first', durationSeconds: 1800 })
  const codes = (await Promise.all([approve(api, 'more'), approve(api, 'most', { as: SAM })])).map(({ code }) => code)
  expect(codes.filter((code) => code === 200).length).toBeGreaterThan(0)
  expect(expiryOf(await grantOf(api))).toBe(at(1800))
  // The shorter one is refused when the longer one came first: it would end the grant sooner.
  expect(codes[1]).toBe(200)
})
