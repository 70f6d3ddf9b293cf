import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { grantFor } from '../../../../apiserver/resources/decisions/grant-for.ts'
import { leadFaults } from '../../../../apiserver/resources/requests/scheduled-start.ts'
import { grantPhase } from '../../../../domain/api/access-grant.ts'
import { policy } from '../../../domain/builders.ts'
import { put, requestOf, serveApi, user, type Served } from '../served-api.ts'

const START = Date.parse('2026-11-25T12:00:00Z')
const subjects = [{ kind: 'User', name: 'mallory' }] as const
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()

let api: Served
beforeEach(async () => {
  api = await serveApi(START)
  await put(api.store, 'accesspolicies', policy('agents', { subjects }))
})
afterEach(() => api.close())

const file = (notBefore: string, name = 'ask') =>
  api.send(user('mallory'), 'POST accessrequests', {
    body: {
      apiVersion: 'jit.access/v1',
      kind: 'AccessRequest',
      metadata: { name },
      spec: { policy: 'agents', notBefore, rules: [{ verbs: ['get'], resources: ['pods'], namespaces: ['shop'] }] },
    },
  })

it.each([
  ['in two hours', at(7200), 201],
  ['now, by a clock that is a little behind', at(-30), 201],
  ['with another zone', '2026-11-25T15:00:00+02:00', 201],
  ['in the past', at(-61), 422],
  ['farther ahead than the default', at(604_801), 422],
  ['at no time', 'tomorrow', 422],
  ['without a zone', '2026-11-25T14:00:00', 422],
])('a request may start %s: %s → %i', async (_, notBefore, code) => {
  const answer = await file(notBefore)
  expect(answer.code).toBe(code)
  if (code === 422) expect(answer.body['details']).toMatchObject({ causes: [{ field: 'spec.notBefore' }] })
})

it('the strictest policy limits how far ahead a start may be', async () => {
  await put(api.store, 'accesspolicies', policy('strict', { subjects, requests: { maxLeadSeconds: 60 } }))
  const refused = await file(at(61))
  expect([refused.code, refused.text]).toEqual([422, expect.stringContaining('policy \\"strict\\" allows a start at most 60 seconds ahead')])
  expect((await file(at(60))).code).toBe(201)
})

it('a policy that became stricter applies at the approval, and a start that has passed does not matter', () => {
  const scheduled = { ...requestOf('ask', { owner: 'mallory', policy: 'agents', namespaces: ['shop'] }) }
  const faults = (notBefore: string) =>
    leadFaults([policy('agents', { requests: { maxLeadSeconds: 60 } })], { ...scheduled, spec: { ...scheduled.spec, notBefore } }, START)
  expect([faults(at(61)).length, faults(at(60)).length, faults(at(-3600)).length, faults('never').length]).toEqual([1, 0, 0, 1])
})

it('a grant is live exactly from the later of its start and its approval, for its whole duration', () => {
  const seconds = fc.integer({ min: -4000, max: 4000 })
  fc.assert(
    fc.property(fc.option(seconds, { nil: undefined }), seconds, fc.integer({ min: 1, max: 3600 }), seconds, (start, approved, lasts, when) => {
      const plain = requestOf('ask', { owner: 'mallory', policy: 'agents', namespaces: ['shop'] })
      const spec = { ...plain.spec, durationSeconds: lasts, ...(start === undefined ? {} : { notBefore: at(start) }) }
      const grant = grantFor({ ...plain, spec }, undefined, { nowMs: START + approved * 1000, policies: [] })
      const from = Math.max(approved, start ?? approved)
      const expected = when < from ? 'NotYetValid' : when < from + lasts ? 'Active' : 'Expired'
      expect(grantPhase(grant, START + when * 1000)).toBe(expected)
    }),
  )
})
