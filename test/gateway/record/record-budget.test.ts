import { describe, expect, it } from 'vitest'
import { createRecordBudget, TooManyRecords } from '../../../gateway/record/record-budget.ts'

describe('the record budget of an identity', () => {
  it('has a limit for refusals, a larger one for forwarded requests, and returns when to retry', () => {
    const event = { event: 'request.refused', path: '/'.padEnd(8_000, 'x') }
    const budget = createRecordBudget({}, () => 0)
    let refused = 0
    while (budget.refusal('a', event) === undefined) refused += 1
    expect(refused * 8_000).toBeLessThan(1.1 * 1024 * 1024)
    expect(budget.refusal('a', event)).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } })
    expect(() => budget.intent('a', event)).not.toThrow()
    expect(() => {
      for (let sent = 0; sent < 10_000; sent++) budget.intent('a', event)
    }).toThrow(TooManyRecords)
  })
})
