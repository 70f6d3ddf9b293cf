import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { narrowedIn } from '../../../../apiserver/resources/decisions/narrowing.ts'
import type { AccessRequest, Narrowed } from '../../../../domain/api/access-request.ts'
import type { Reveal } from '../../../../domain/api/rules.ts'
import { keptReveals, revealChoice } from '../../../../domain/approval/kept-reveals.ts'
import { isRevealSubset } from '../../../../domain/grant/reveal-subset.ts'

const asked = (reveal: readonly Reveal[], narrowed?: Narrowed): AccessRequest => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessRequest',
  metadata: { name: 'ask', uid: 'u' },
  spec: { requester: { username: 'agent' }, policy: 'p', durationSeconds: 600, reveal: [...reveal] },
  status: narrowed === undefined ? {} : { narrowed },
})
const narrow = (old: AccessRequest, narrowed: Narrowed): Narrowed | undefined => narrowedIn({ ...old, status: { ...old.status, narrowed } }, old)

const DB: Reveal = { namespace: 'shop', secret: 'db', keys: ['user', 'password'] }

describe('an approver who narrows the keys of a request', () => {
  it('leaves out keys and whole Secrets', () => {
    expect(narrow(asked([DB]), { reveal: [{ ...DB, keys: ['user'] }] })).toEqual({ reveal: [{ ...DB, keys: ['user'] }] })
    expect(narrow(asked([DB]), { reveal: [] })).toEqual({ reveal: [] })
  })
  it.each<[string, Reveal]>([
    ['another key', { ...DB, keys: ['token'] }],
    ['another Secret', { ...DB, secret: 'other' }],
    ['another namespace', { ...DB, namespace: 'bank' }],
  ])('cannot add %s', (_title, more) => {
    expect(() => narrow(asked([DB]), { reveal: [DB, more] })).toThrow('not within the keys asked for')
  })
  it('cannot give back what an earlier approver left out', () => {
    expect(() => narrow(asked([DB], { reveal: [{ ...DB, keys: ['user'] }] }), { reveal: [DB] })).toThrow(
      'not within the keys left by an earlier approver',
    )
  })
})

const reveals = fc.array(
  fc.record({ namespace: fc.constantFrom('a', 'b'), secret: fc.constantFrom('x', 'y'), keys: fc.subarray(['k', 'l', 'm'], { minLength: 1 }) }),
  { maxLength: 3 },
)

describe('the keys that an approver keeps', () => {
  it('are never more than were asked for, and exactly those that are kept', () => {
    fc.assert(
      fc.property(reveals, fc.subarray(['0/k', '0/l', '1/k', '1/m', '2/l', '9/k', '0/z']), (all, chosen) => {
        const kept = keptReveals(all, new Set(chosen))
        const count = all.flatMap(({ keys }, index) => keys.filter((key) => chosen.includes(revealChoice(index, key)))).length
        return isRevealSubset(kept, all) && kept.flatMap(({ keys }) => keys).length === count && kept.every(({ keys }) => keys.length > 0)
      }),
    )
  })
})
