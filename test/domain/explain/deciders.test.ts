import { describe, expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { requestMessageOf } from '../../../controller/notify/messages/request-message.ts'
import { decidersOf, reasonOf } from '../../../domain/explain/past-request.ts'

type Reviews = NonNullable<NonNullable<AccessRequest['status']>['reviews']>
const review = (name: string, decision: 'Approved' | 'Denied', more: object = {}): Reviews[number] => ({
  reviewer: { username: `oidc:${name}` },
  decision,
  time: '2026-01-01T00:00:00Z',
  message: `words of ${name}`,
  ...more,
})
const request = (type: string | undefined, reviews: Reviews, message?: string): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'r-1', uid: 'u-1' },
  spec: { policy: 'agents' },
  status: {
    reviews,
    expiresAt: '2026-01-01T00:00:00Z',
    conditions: type === undefined ? [] : [{ type, status: 'True', ...(message === undefined ? {} : { message }) }],
  },
})
const toldBy = (object: AccessRequest): string | undefined =>
  requestMessageOf({ kind: 'AccessRequest', object, event: 'Decided', to: 'Approvers', atMs: 0 }, Date.parse('2026-01-02T00:00:00Z')).decidedBy

describe('who decided a request', () => {
  it.each([
    ['an approval by two', request('Approved', [review('alice', 'Approved'), review('bob', 'Approved')]), ['oidc:alice', 'oidc:bob']],
    ['an approval that lapsed', request('Approved', [review('alice', 'Approved', { lapsed: true }), review('bob', 'Approved')]), ['oidc:bob']],
    ['a denial after an approval', request('Denied', [review('alice', 'Approved'), review('bob', 'Denied')]), ['oidc:bob']],
    ['a withdrawal after an approval', request('Withdrawn', [review('alice', 'Approved')], 'words of the agent'), []],
    ['the end of its time after an approval', request(undefined, [review('alice', 'Approved')]), []],
  ])('of %s is told without naming anybody else', (_title, object, deciders) => {
    expect(decidersOf(object)).toEqual(deciders)
    expect(toldBy(object)).toBe(deciders.length === 0 ? undefined : deciders.join(', '))
  })
  it('gives the reason, and no other reviewer does', () => {
    expect(reasonOf(request('Denied', [review('bob', 'Denied'), review('alice', 'Approved')]), 'Denied')).toBe('words of bob')
    expect(
      reasonOf(request('Denied', [review('alice', 'Approved'), { ...review('bob', 'Denied'), message: '' }], 'of the condition'), 'Denied'),
    ).toBe('of the condition')
    expect(reasonOf(request('Withdrawn', [review('alice', 'Approved')], 'words of the agent'), 'Withdrawn')).toBe('words of the agent')
  })
})
