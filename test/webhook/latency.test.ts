import { expect, it } from 'vitest'
import { createConditionEvaluator } from '../../server/conditions/cel.ts'
import { answerTo } from '../../webhook/review/answer.ts'
import { readReview } from '../../webhook/review/read-review.ts'
import { createValidator } from '../../webhook/review/validate.ts'
import { grant, NOW, policy } from '../domain/builders.ts'
import { request, review } from './words.ts'

const GRANTS = 10_000
const REVIEWS = 2_000
/** design §9. Asserts CPU time, which depends little on other programs of the machine. Wall-clock time is only printed. */
const BUDGET_MS = 2

it(`allows a request from the cached view within ${BUDGET_MS} ms, with ${GRANTS} grants and 20 policies of 20 rules`, async () => {
  const rules = Array.from({ length: 20 }, (_, n) => ({ name: `r${n}`, match: { resources: [`things${n}`] }, effect: 'Deny' as const }))
  const policies = Array.from({ length: 20 }, (_, n) => policy(`agents-${n}`, { rules }))
  const others = Array.from({ length: GRANTS }, (_, n) => ({
    ...grant({ subject: { username: `oidc:other-${n}` } }),
    metadata: { name: `other-${n}` },
  }))
  const view = { policies, grants: [...others, grant({ policy: 'agents-0' })] }
  const validate = createValidator({
    views: { cached: () => view, fresh: () => Promise.reject(new Error('asked')), staleForMs: () => 0 },
    claims: { take: () => Promise.reject(new Error('claimed')) },
    evaluate: createConditionEvaluator(),
    clock: { nowMs: () => NOW },
  })
  const body = Buffer.from(JSON.stringify(review(request('UPDATE apps/v1 deployments/scale shop/web', { object: { spec: { replicas: 2 } } }))))
  const times: number[] = []
  const before = process.cpuUsage()
  for (let n = 0; n < REVIEWS; n++) {
    const started = performance.now()
    const { response } = answerTo('uid', await validate(readReview(body)))
    times.push(performance.now() - started)
    expect(response.allowed).toBe(true)
  }
  const { user, system } = process.cpuUsage(before)
  const busyMs = (user + system) / 1000 / REVIEWS
  times.sort((a, b) => a - b)
  const at = (part: number): number => times[Math.floor(part * REVIEWS)] ?? Number.NaN
  process.stdout.write(
    `webhook: p50 ${at(0.5).toFixed(3)} ms, p99 ${at(0.99).toFixed(3)} ms, ${busyMs.toFixed(3)} ms of the processor a review from memory\n`,
  )
  expect(busyMs).toBeLessThan(BUDGET_MS)
})
