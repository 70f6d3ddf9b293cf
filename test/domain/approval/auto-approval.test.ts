import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { autoApprovalOf, reducedBy, type AutoApprovalFacts } from '../../../domain/approval/auto-approval.ts'
import type { AccessPolicy, Risk } from '../../../domain/api/access-policy.ts'
import { policy } from '../builders.ts'

/** What evaluating the condition of a rule gives. */
type Truth = 'true' | 'false' | 'throws'
/** What the windows of a rule say. */
type Windows = 'open' | 'closed' | 'unreadable'
type RuleCase = {
  readonly is: Truth
  readonly windows?: Windows
  readonly perHour: number | undefined
  readonly used: number
  readonly maxDurationSeconds: number | undefined
}

const ruleCases: fc.Arbitrary<RuleCase> = fc.record({
  is: fc.constantFrom<Truth>('true', 'true', 'false', 'throws'),
  windows: fc.constantFrom<Windows>('open', 'open', 'open', 'closed', 'unreadable'),
  perHour: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  used: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(Infinity)),
  maxDurationSeconds: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
})
const factsCases: fc.Arbitrary<AutoApprovalFacts> = fc.record({
  risk: fc.constantFrom<Risk | undefined>('Low', 'Medium', 'High', 'High', 'Critical', undefined),
  suspended: fc.boolean(),
  passkey: fc.boolean(),
  reveals: fc.boolean(),
  startsLater: fc.boolean(),
  unseen: fc.constantFrom([], [], ['extends']),
})
/** Half of the cases are eligible, so that the rules matter. */
const facts = fc.oneof(
  factsCases,
  factsCases.map((each) => ({ risk: each.risk ?? 'Low', suspended: false, passkey: false, reveals: false, startsLater: false, unseen: [] })),
)

const policyOf = (cases: readonly RuleCase[], index: number): AccessPolicy =>
  policy(`p${index}`, {
    approvals: {
      autoApprove: cases.map(({ perHour, maxDurationSeconds }, at) => ({
        name: `r${at}`,
        condition: 'x',
        ...(perHour === undefined ? {} : { perHour }),
        ...(maxDurationSeconds === undefined ? {} : { maxDurationSeconds }),
      })),
    },
  })

const isOpen = ({ windows = 'open' }: RuleCase): boolean => windows === 'open'

/** Slow and plain: the verdict as the description of the field states it. */
function reference(
  policies: readonly (readonly RuleCase[])[],
  { risk, suspended, passkey, reveals, startsLater, unseen }: AutoApprovalFacts,
): string {
  if (risk === undefined || risk === 'Critical' || suspended || passkey || reveals || startsLater || unseen.length > 0) return 'NotEligible'
  if (policies.length === 0) return 'NoRule'
  const each = policies.map((rules) => {
    const free = rules.findIndex((rule) => isOpen(rule) && rule.is === 'true' && rule.used < (rule.perHour ?? 10))
    const failing = rules.findIndex((rule) => rule.windows === 'unreadable' || (isOpen(rule) && rule.is === 'throws'))
    if (failing !== -1 && (free === -1 || failing < free)) return 'Failed'
    if (free !== -1) return 'Approved'
    return rules.some((rule) => isOpen(rule) && rule.is === 'true') ? 'Exhausted' : 'NoRule'
  })
  return each.find((said) => said !== 'Approved') ?? 'Approved'
}

const verdictOn = (cases: readonly (readonly RuleCase[])[], given: AutoApprovalFacts) => {
  const caseOf = ({ policy: name, rule }: { readonly policy: string; readonly rule: { readonly name: string } }): RuleCase => {
    const found = cases[Number(name.slice(1))]?.[Number(rule.name.slice(1))]
    if (found === undefined) throw new Error('no such rule')
    return found
  }
  return autoApprovalOf(cases.map(policyOf), given, {
    closed: (approving) => {
      const { windows = 'open' } = caseOf(approving)
      if (windows === 'unreadable') throw new Error('no such time zone')
      return windows === 'closed' ? 'sleeps' : undefined
    },
    holds: (approving) => {
      const { is } = caseOf(approving)
      if (is === 'throws') throw new Error('broken')
      return is === 'true'
    },
    usedThisHour: (approving) => caseOf(approving).used,
  })
}

it('the verdict is that of a slow reference', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(fc.array(ruleCases, { maxLength: 4 }), { maxLength: 3 }), facts, (cases, given) => {
      const { outcome } = verdictOn(cases, given)
      seen.add(outcome)
      expect(outcome).toBe(reference(cases, given))
    }),
    { numRuns: 2000 },
  )
  expect([...seen].toSorted()).toEqual(['Approved', 'Exhausted', 'Failed', 'NoRule', 'NotEligible'])
})

it('an approval names one rule of each policy, whose condition is true and which has places left', () => {
  fc.assert(
    fc.property(fc.array(fc.array(ruleCases, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), (cases) => {
      const verdict = verdictOn(cases, { risk: 'Low', suspended: false, passkey: false, reveals: false, startsLater: false, unseen: [] })
      if (verdict.outcome !== 'Approved') return
      expect(verdict.by.map((each) => each.policy)).toEqual(cases.map((_, index) => `p${index}`))
      for (const { policy: name, rule } of verdict.by)
        expect(cases[Number(name.slice(1))]?.[Number(rule.name.slice(1))]).toMatchObject({ is: 'true', windows: 'open' })
    }),
  )
})

describe('never, whatever the rules say', () => {
  const rules = [[{ is: 'true', perHour: undefined, used: 0, maxDurationSeconds: undefined }]] as const
  const fine: AutoApprovalFacts = { risk: 'High', suspended: false, passkey: false, reveals: false, startsLater: false, unseen: [] }
  it('otherwise they approve', () => expect(verdictOn(rules, fine).outcome).toBe('Approved'))
  it.each([
    ['the risk is Critical', { risk: 'Critical' }],
    ['the risk is not known', { risk: undefined }],
    ['the risk is a word that is not known', { risk: 'Lowest' }],
    ['the requester is suspended', { suspended: true }],
    ['its approval needs a passkey', { passkey: true }],
    ['it reveals Secrets', { reveals: true }],
    ['it starts later', { startsLater: true }],
    ['it has a field that the conditions do not see', { unseen: ['extends'] }],
  ])('%s', (_, more) => expect(verdictOn(rules, { ...fine, ...more } as AutoApprovalFacts).outcome).toBe('NotEligible'))
})

const defined = <T extends object>(fields: T): T => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T

it('what the rules reduce a request to is never more than was asked', () => {
  const limit = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined })
  fc.assert(
    fc.property(
      fc.array(fc.record({ maxDurationSeconds: limit, maxUses: limit }), { minLength: 1, maxLength: 4 }),
      limit,
      limit,
      (rules, seconds, uses) => {
        const by = rules.map((rule) => ({ policy: 'p', rule: { name: 'r', condition: 'x', ...defined(rule) } }))
        const asked = defined({ durationSeconds: seconds, maxUses: uses })
        const left = { ...asked, ...reducedBy(by as never, asked as never) } as { readonly durationSeconds?: number; readonly maxUses?: number }
        expect(left.durationSeconds ?? Infinity).toBe(Math.min(seconds ?? Infinity, ...rules.map((rule) => rule.maxDurationSeconds ?? Infinity)))
        expect(left.maxUses ?? Infinity).toBe(Math.min(uses ?? Infinity, ...rules.map((rule) => rule.maxUses ?? Infinity)))
      },
    ),
  )
})
