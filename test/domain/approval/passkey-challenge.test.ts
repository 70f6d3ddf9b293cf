import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { approvalChallenge, registrationChallenge, type Consented } from '../../../domain/approval/passkey-challenge.ts'
import { canonicalJson } from '../../../domain/canonical-json.ts'

const word = fc.stringMatching(/^[a-z]{1,6}$/)
const rule = fc.record({ verbs: fc.array(word, { minLength: 1, maxLength: 2 }), resources: fc.array(word, { minLength: 1, maxLength: 2 }) })
const operation = fc.record({ method: word, path: word, digest: word, planHash: word })
const narrowed = fc.record({ durationSeconds: fc.nat(100), maxUses: fc.nat(100), rules: fc.array(rule, { maxLength: 2 }) }, { requiredKeys: [] })
const review = fc.record({ reviewer: fc.record({ username: word }), decision: fc.constant('Approved' as const), time: word })
const condition = fc.record({ type: word, status: fc.constantFrom('True', 'False') })
const consents: fc.Arbitrary<Consented> = fc.record({
  request: fc.record({
    metadata: fc.record({ name: word, uid: word }),
    spec: fc.record(
      {
        requester: fc.record({ username: word }),
        policy: word,
        rules: fc.array(rule, { maxLength: 2 }),
        reveal: fc.array(fc.record({ namespace: word, secret: word, keys: fc.array(word) }), { maxLength: 2 }),
        reason: fc.string(),
        durationSeconds: fc.nat(100),
        maxUses: fc.nat(100),
        extends: word,
        operation,
      },
      { requiredKeys: ['requester', 'policy'] },
    ),
    status: fc.record(
      { conditions: fc.array(condition, { maxLength: 2 }), reviews: fc.array(review, { maxLength: 2 }), narrowed },
      { requiredKeys: [] },
    ),
  }) as unknown as fc.Arbitrary<AccessRequest>,
  narrowed: fc.option(narrowed, { nil: undefined }),
  unseen: fc.boolean(),
  approver: word,
  issuedAt: word,
})

/** Everything that is consented to, as a text in which two things differ only if they mean something else. Slow and plain. */
const meaning = ({ request: { metadata, spec, status }, narrowed: now, ...rest }: Consented): string =>
  canonicalJson([metadata.uid, spec, status?.conditions ?? [], status?.reviews ?? [], { ...status?.narrowed, ...now }, rest])

it('two challenges are equal exactly if the same is consented to', () => {
  fc.assert(
    fc.property(consents, consents, (one, other) => {
      expect(approvalChallenge(one) === approvalChallenge(other)).toBe(meaning(one) === meaning(other))
    }),
    { numRuns: 500 },
  )
})

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Every place of a value, with the value changed there. */
function* changes(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    yield [...value, 'more']
    for (const [index, item] of value.entries()) for (const changed of changes(item)) yield value.with(index, changed)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) for (const changed of changes(item)) yield { ...value, [key]: changed }
  } else if (typeof value === 'string') yield `${value}x`
  else if (typeof value === 'number') yield value + 1
  else yield value !== true
}

/** What is not consented to: the name is not one of the object but of its place, and the UID stands for it. */
const withoutName = (one: Consented): Json => {
  const { metadata, ...request } = JSON.parse(JSON.stringify(one.request)) as { metadata: { uid: Json } & { [key: string]: Json } } & {
    [key: string]: Json
  }
  return { ...(JSON.parse(JSON.stringify(one)) as { [key: string]: Json }), request: { ...request, metadata: { uid: metadata.uid } } }
}

it('any field that changes changes the challenge', () => {
  fc.assert(
    fc.property(consents, (one) => {
      const before = approvalChallenge(one)
      for (const changed of changes(withoutName(one))) {
        const other = changed as unknown as Consented
        // What this approver narrows replaces what an earlier one did.
        if (meaning(other) !== meaning(one)) expect(approvalChallenge(other)).not.toBe(before)
      }
    }),
    { numRuns: 100 },
  )
})

it('the order of fields does not matter, since a client may write them in another', () => {
  const shuffled = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(shuffled)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, item]) => [key, shuffled(item)]),
    )
  }
  fc.assert(
    fc.property(consents, (one) => {
      expect(approvalChallenge(shuffled(JSON.parse(JSON.stringify(one)) as Json) as unknown as Consented)).toBe(approvalChallenge(one))
    }),
  )
})

it('what only approvers see of a plan is covered by its hash', () => {
  const request = {
    metadata: { name: 'r', uid: 'u' },
    spec: { operation: { method: 'PATCH', path: '/', digest: 'd', planHash: 'h' } },
  } as AccessRequest
  const given = { narrowed: undefined, unseen: false, approver: 'a', issuedAt: 't' }
  const full = { ...request, spec: { operation: { ...request.spec.operation, diff: '- a', body: '{}', dryRun: 'Changed' } } } as AccessRequest
  const other = { ...request, spec: { operation: { ...request.spec.operation, planHash: 'i' } } } as AccessRequest
  expect(approvalChallenge({ request: full, ...given })).toBe(approvalChallenge({ request, ...given }))
  expect(approvalChallenge({ request: other, ...given })).not.toBe(approvalChallenge({ request, ...given }))
})

it('a challenge of a registration is never one of an approval, and is of one owner and one object', () => {
  const all = [
    { uid: 'u', owner: 'a' },
    { uid: 'u', owner: 'b' },
    { uid: 'v', owner: 'a' },
  ].map(registrationChallenge)
  expect(new Set(all).size).toBe(3)
  for (const challenge of all) expect(challenge).toMatch(/^[A-Za-z0-9_-]{43}$/)
})
