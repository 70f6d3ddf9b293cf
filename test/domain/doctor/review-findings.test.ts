import { expect, it } from 'vitest'
import type { BreakGlassReview } from '../../../domain/api/break-glass/review.ts'
import { reviewFindings } from '../../../domain/doctor/review-findings.ts'
import { NOW } from '../builders.ts'

const review = (name: string, dueInMinutes: number, decided?: 'Justified'): BreakGlassReview => ({
  apiVersion: 'jit.access/v1',
  kind: 'BreakGlassReview',
  metadata: { name },
  spec: {
    requestName: 'r',
    grantName: 'g',
    policies: ['agents'],
    subject: { username: 'oidc:agent' },
    reason: 'down',
    summary: 'delete pods',
    dueAt: new Date(NOW + dueInMinutes * 60_000).toISOString(),
  },
  ...(decided === undefined ? {} : { status: { conditions: [{ type: decided, status: 'True' }] } }),
})

it('overdue reviews are problems, open ones warnings, and decided ones nothing', () => {
  const findings = reviewFindings([review('open', 10), review('late', -10), review('done', -99, 'Justified')], NOW)
  expect(findings.map(({ verdict, fix }) => [verdict, fix?.split(' ')[3]])).toEqual([
    ['bad', 'late'],
    ['warning', 'open'],
  ])
  expect(reviewFindings([review('done', -99, 'Justified')], NOW)).toMatchObject([{ verdict: 'good' }])
})
