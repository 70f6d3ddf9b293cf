import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessPolicy, PolicySubject } from '../../../domain/api/access-policy.ts'
import type { AccessSuspension, AccessSuspensionSpec } from '../../../domain/api/access-suspension.ts'
import type { Identity } from '../../../domain/identity.ts'
import { createSuspensionIndex, indexSuspensions, suspend } from '../../../domain/policy/suspensions.ts'

type Of = Omit<AccessSuspensionSpec, 'reason'>
const suspension = (name: string, spec: Of, lifted?: 'True' | 'False'): AccessSuspension => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSuspension',
  metadata: { name },
  spec: { reason: 'odd', ...spec },
  ...(lifted === undefined ? {} : { status: { conditions: [{ type: 'Lifted', status: lifted }] } }),
})
const identity = (username: string, groups: readonly string[] = []): Identity => ({ username, groups, uid: '', extra: {} })
const policy = (name: string, subjects: readonly PolicySubject[], mode?: 'Shadow'): AccessPolicy => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessPolicy',
  metadata: { name },
  spec: { subjects: [...subjects], ...(mode === undefined ? {} : { mode }) },
})
const CI = policy('ci', [{ kind: 'Group', name: 'oidc:ci' }])
const nameOf = (all: readonly AccessSuspension[], who: Identity, policies = [CI]) =>
  indexSuspensions(all).find({ identity: who, policies })?.metadata.name

describe('a suspension', () => {
  it.each<[string, Of, Identity, boolean]>([
    ['of all agents stops everybody', { all: true }, identity('oidc:bot'), true],
    ['of a user stops the user', { subjects: [{ kind: 'User', name: 'oidc:bot' }] }, identity('oidc:bot'), true],
    ['of a user stops another spelling of the name', { subjects: [{ kind: 'User', name: 'oidc:bot' }] }, identity('OIDC:Bot'), true],
    ['of a user stops nobody else', { subjects: [{ kind: 'User', name: 'oidc:bot' }] }, identity('oidc:bot2', ['oidc:bot']), false],
    ['of a group stops its members', { subjects: [{ kind: 'Group', name: 'oidc:ci' }] }, identity('oidc:bot', ['oidc:ci']), true],
    ['of a group stops no user of that name', { subjects: [{ kind: 'Group', name: 'oidc:ci' }] }, identity('oidc:ci'), false],
    [
      'of a ServiceAccount stops its agent',
      { subjects: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }] },
      identity('jit.access:serviceaccount:ci:bot'),
      true,
    ],
    [
      'of a ServiceAccount stops the account itself',
      { subjects: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'bot' }] },
      identity('system:serviceaccount:ci:bot'),
      true,
    ],
    [
      'of the user name of a ServiceAccount stops its agent',
      { subjects: [{ kind: 'User', name: 'system:serviceaccount:ci:bot' }] },
      identity('jit.access:serviceaccount:ci:bot'),
      true,
    ],
    ['of a policy stops whom it governs', { policy: 'ci' }, identity('oidc:bot', ['oidc:ci']), true],
    ['of a policy stops nobody else', { policy: 'ci' }, identity('oidc:bot', ['oidc:dev']), false],
    ['of a policy that does not exist stops nobody', { policy: 'gone' }, identity('oidc:bot', ['oidc:ci']), false],
  ])('%s', (_, spec, who, stops) => expect(nameOf([suspension('a', spec)], who)).toBe(stops ? 'a' : undefined))

  it('of a policy in Shadow mode stops its agents', () => {
    const shadow = policy('ci', [{ kind: 'User', name: 'oidc:bot' }], 'Shadow')
    expect(nameOf([suspension('a', { policy: 'ci' })], identity('oidc:bot'), [shadow])).toBe('a')
  })
  it('ends when it is lifted, and only by status True', () => {
    const all = [suspension('lifted', { all: true }, 'True')]
    expect([nameOf(all, identity('oidc:bot')), indexSuspensions(all).size]).toEqual([undefined, 0])
    expect(nameOf([...all, suspension('other', { all: true }, 'False')], identity('oidc:bot'))).toBe('other')
  })
  it('denies what a policy in Shadow mode only observes', () => {
    const then = { effect: 'Allow', policy: 'ci', rule: 'default', risk: 'Low', shadow: true } as const
    expect(suspend(then, suspension('a', { all: true }))).toEqual({ ...then, effect: 'Deny', shadow: false, suspended: { name: 'a', reason: 'odd' } })
  })
  it('is found by the index as by a search through all of them', () => {
    const names = ['a', 'b', 'A', '__proto__', 'constructor']
    const subject = fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const), name: fc.constantFrom(...names) })
    const spec: fc.Arbitrary<Of> = fc.oneof(
      fc.record({ subjects: fc.array(subject, { minLength: 1, maxLength: 3 }) }),
      fc.record({ policy: fc.constantFrom(...names) }),
      fc.constant({ all: true as const }),
    )
    const one = fc.tuple(spec, fc.constantFrom(undefined, 'True' as const, 'False' as const))
    const who = fc.record({ username: fc.constantFrom(...names), groups: fc.array(fc.constantFrom(...names)) })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), who, fc.array(subject, { maxLength: 3 }), (given, { username, groups }, governed) => {
        const policies = names.map((name, index) => policy(name, governed.slice(index, index + 1)))
        const governs = (name: string): boolean =>
          (policies.find(({ metadata }) => metadata.name === name)?.spec.subjects ?? []).some(({ kind, name: of }) =>
            kind === 'User' ? of === username : groups.includes(of),
          )
        const stops = ([of, lifted]: (typeof given)[number]): boolean =>
          lifted !== 'True' &&
          (of.all === true ||
            (of.policy !== undefined && governs(of.policy)) ||
            (of.subjects ?? []).some(({ kind, name }) => (kind === 'User' ? name.toLowerCase() === username.toLowerCase() : groups.includes(name))))
        const all = given.map(([of, lifted], index) => suspension(String(index), of, lifted))
        expect(nameOf(all, identity(username, groups), policies) !== undefined).toBe(given.some(stops))
      }),
    )
  })
  it('is indexed again when the list changes', () => {
    const index = createSuspensionIndex()
    const first = [suspension('a', { all: true })]
    expect(index(first)).toBe(index(first))
    expect(index([]).size).toBe(0)
    expect(index(first).size).toBe(1)
  })
})
