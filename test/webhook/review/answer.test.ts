import { describe, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { answerToError } from '../../../webhook/review/answer.ts'

describe('the answer to a review whose decision threw', () => {
  it.each([
    ['Forbidden', 'deny', 403],
    ['ServiceUnavailable', 'error', 503],
    ['InternalError', 'error', 500],
  ] as const)('%s counts as %s, for the metric and the audit log alike', (reason, decision, code) => {
    const answer = answerToError('uid', 'oidc:agent', new StatusError(reason, 'no'))
    expect(answer.decision).toBe(decision)
    expect(answer.response).toMatchObject({ uid: 'uid', allowed: false, status: { code }, auditAnnotations: { decision, agent: 'oidc:agent' } })
  })
})
