import type { AccessGrant } from '../../domain/api/access-grant.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Verdict } from '../../domain/permit.ts'
import type { ClassifiedRequest, Decided } from '../steps.ts'
import { createRequestJudge, type VerdictDependencies } from './request-judge.ts'

/** The best and the worst possible verdict on a write. */
export type Outlook = {
  readonly verdict: Verdict
  readonly worst: Verdict
  /** Whether a grant covers the write, or it is allowed or held for approval whatever its object is. */
  readonly sure: boolean
}

const isGranted = (verdict: Verdict): boolean => verdict.kind === 'allow' && verdict.permit.grant !== undefined

const passes = (verdict: Verdict): boolean => verdict.kind === 'allow' || (verdict.kind === 'ask' && verdict.for === 'approval')

function rank(verdict: Verdict): number {
  if (verdict.kind === 'allow') return isGranted(verdict) ? 4 : 3
  return verdict.kind === 'deny' ? 0 : verdict.for === 'approval' ? 2 : 1
}

const best = (verdicts: readonly Verdict[]): Verdict | undefined => verdicts.toSorted((a, b) => rank(b) - rank(a))[0]

/**
 * Judges a write by the grants before its change is known. Assumes that the write has no gains, and considers every decision that the policies can
 * make about its object. An `allow` is provisional.
 */
export async function ordinaryVerdict(asked: ClassifiedRequest, { decision, loosest }: Decided, deps: VerdictDependencies): Promise<Outlook> {
  const { judge, knownGrants, freshGrants } = createRequestJudge(asked, deps)
  const judgeWith = (of: Decision, grants: readonly AccessGrant[]): Verdict => judge(of, { grants, planHashes: 'unplanned' })
  const outlook = (grants: readonly AccessGrant[]): Outlook => {
    const first = judgeWith(loosest ?? decision, grants)
    if (loosest === undefined) return { verdict: first, worst: first, sure: passes(first) }
    // A write that policies may allow on their own is also judged with its grant, if there is one.
    const granted = loosest.effect === 'Allow' ? [judgeWith({ ...loosest, effect: 'RequireGrant' }, grants)] : []
    const last = judgeWith(decision, grants)
    const verdict = best([first, ...granted, last]) ?? first
    return { verdict, worst: last, sure: isGranted(verdict) || (passes(first) && passes(last)) }
  }
  const first = outlook(knownGrants())
  return first.verdict.kind === 'ask' ? outlook(await freshGrants()) : first
}
