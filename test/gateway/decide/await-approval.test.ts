import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Permit } from '../../../domain/permit.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { awaitApproval, type Judged } from '../../../gateway/decide/await-approval.ts'
import type { Hold, HoldOutcome } from '../../../gateway/ports.ts'
import { heldOf } from '../hold/hold-fixture.ts'

const PHASES = ['Approved', 'Denied', 'Expired', 'Withdrawn', 'Failed', 'TimedOut', 'Left', 'TokenExpired'] as const
const wait = fc.record({
  phase: fc.constantFrom(...PHASES),
  token: fc.constantFrom<'good' | 'ended' | 'unknown'>('good', 'ended', 'unknown'),
  verdict: fc.constantFrom<'allow' | 'ask' | 'deny' | 'throws'>('allow', 'ask', 'deny', 'throws'),
  wasApproved: fc.boolean(),
  leaves: fc.boolean(),
})

type Wait = typeof wait extends fc.Arbitrary<infer T> ? T : never

/** The status code of the refusal. An error is not a denial: what is unknown is 503. */
function codeOf({ phase, token, verdict }: Wait): number {
  if (phase !== 'Approved') return phase === 'TokenExpired' ? 401 : 403
  if (token !== 'good') return token === 'ended' ? 401 : 503
  return verdict === 'throws' ? 503 : 403
}

/** Runs one wait. Returns its permit, or the status code of the refusal, and the checks in the order in which they ran. */
async function run(of: Wait) {
  const { held, leave } = heldOf()
  const checks: string[] = []
  const kept: StatusError[] = []
  const hold: Hold = {
    wait: () => Promise.resolve<HoldOutcome>({ phase: of.phase, name: 'hold-1', request: undefined }),
    ask: () => Promise.reject(new Error('nothing is only asked for here')),
    fileAgain: () => (checks.push('filed'), Promise.resolve('hold-2')),
    keepRefusal: (_, refusal) => void kept.push(refusal),
  }
  const authenticateAgain = (): Promise<void> => {
    checks.push('token')
    return of.token === 'good'
      ? Promise.resolve()
      : Promise.reject(new StatusError(of.token === 'ended' ? 'Unauthorized' : 'ServiceUnavailable', 'no'))
  }
  const judgeNow = (): Promise<Judged> => {
    checks.push('judged')
    if (of.leaves) leave()
    if (of.verdict === 'throws') return Promise.reject(new StatusError('ServiceUnavailable', 'not now'))
    const { decision, asked } = held
    const verdict =
      of.verdict === 'allow'
        ? ({ kind: 'allow', permit: Permit.seal(asked.classified, decision) } as const)
        : of.verdict === 'ask'
          ? ({ kind: 'ask', for: 'approval', decision } as const)
          : ({ kind: 'deny', decision } as const)
    return Promise.resolve({ verdict, wasApproved: () => of.wasApproved })
  }
  const permit = await awaitApproval({ ...held, asked: { ...held.asked, authenticateAgain } }, { hold, judgeNow }).then(
    (judged) => judged.permit,
    (error: unknown) => error,
  )
  return { permit, checks, kept }
}

it('a wait ends with a permit only if it was approved and every check after it passed, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(wait, async (of) => {
      const { permit, checks, kept } = await run(of)
      const passes = of.phase === 'Approved' && of.token === 'good' && of.verdict === 'allow' && !of.leaves
      expect(Permit.isSealed(permit)).toBe(passes)
      if (!passes) expect(permit).toMatchObject({ code: codeOf(of) })
      const judges = of.phase === 'Approved' && of.token === 'good'
      const files = judges && of.verdict === 'ask' && of.wasApproved
      expect(checks).toEqual([...(of.phase === 'Approved' ? ['token'] : []), ...(judges ? ['judged'] : []), ...(files ? ['filed'] : [])])
      // A stream that is repeated over SPDY gets this very refusal.
      expect(kept).toEqual(passes ? [] : [permit])
    }),
    { numRuns: 200 },
  )
})
