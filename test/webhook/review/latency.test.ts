import { expect, it } from 'vitest'
import { createConditionEvaluator } from '../../../server/conditions/cel.ts'
import { answerTo, type AdmissionResponse } from '../../../webhook/review/answer.ts'
import { readReview } from '../../../webhook/review/read-review.ts'
import { createValidator } from '../../../webhook/review/validate.ts'
import { grant, NOW, policy, NONE_SUSPENDED } from '../../domain/builders.ts'
import { cheapestOf } from '../../measure/processor-cost.ts'
import { request, review } from '../admission-requests.ts'

/** A validator with a view of this size. It allows the review; 20 policies of 20 rules each apply to other objects. */
function validatorOf(grants: number): (body: Buffer) => Promise<AdmissionResponse> {
  const rules = Array.from({ length: 20 }, (_, n) => ({ name: `r${n}`, match: { resources: [`things${n}`] }, effect: 'Deny' as const }))
  const policies = Array.from({ length: 20 }, (_, n) => policy(`agents-${n}`, { rules }))
  const others = Array.from({ length: grants }, (_, n) => ({
    ...grant({ subject: { username: `oidc:other-${n}` } }),
    metadata: { name: `other-${n}` },
  }))
  const view = { policies, grants: [...others, grant({ policy: 'agents-0' })], suspensions: NONE_SUSPENDED }
  const validate = createValidator({
    views: { cached: () => view, fresh: () => Promise.reject(new Error('asked')), staleForMs: () => 0 },
    claims: { take: () => Promise.reject(new Error('claimed')) },
    evaluate: createConditionEvaluator(),
    clock: { nowMs: () => NOW },
  })
  return async (body) => answerTo('uid', await validate(readReview(body))).response
}

it('allows a request from the cached view at the cost of a few looks at 10 000 grants and 300 readings of the review', async () => {
  const body = Buffer.from(JSON.stringify(review(request('UPDATE apps/v1 deployments/scale shop/web', { object: { spec: { replicas: 2 } } }))))
  const validate = validatorOf(10_000)
  const names = Array.from({ length: 10_000 }, (_, n) => ({ username: `oidc:other-${n}` }))
  const REVIEWS = 50
  let found = 0
  const cost = await cheapestOf({
    reviews: async () => {
      for (let n = 0; n < REVIEWS; n++) expect((await validate(body)).allowed).toBe(true)
    },
    looks: () => {
      for (let n = 0; n < REVIEWS; n++) found += names.filter(({ username }) => username === `oidc:agent-${n}`).length
    },
    readings: () => {
      for (let n = 0; n < REVIEWS; n++) readReview(body)
    },
  })
  expect(found).toBe(0)
  // About four times what it takes today.
  expect(cost.reviews).toBeLessThan(10 * cost.looks + 300 * cost.readings)
})
