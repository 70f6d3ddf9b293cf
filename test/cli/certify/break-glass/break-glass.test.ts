import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import type { BreakGlassReview, BreakGlassReviewStatus } from '../../../../domain/api/break-glass/review.ts'
import { fakeIO, nowMs, type Answers } from '../../../fakes/io.ts'
import { runCertify, runCreate } from '../../run-certify.ts'

const PATH = '/apis/jit.access/v1/breakglassreviews'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const review = (name: string, dueSeconds: number, status?: BreakGlassReviewStatus): BreakGlassReview => ({
  apiVersion: 'jit.access/v1',
  kind: 'BreakGlassReview',
  metadata: { name },
  spec: {
    requestName: name,
    grantName: name,
    policies: ['ci'],
    subject: { username: 'oidc:bot' },
    reason: 'down\u001b[2J',
    summary: 'patch deployments in shop',
    dueAt: at(dueSeconds),
  },
  ...(status === undefined ? {} : { status }),
})
const decided = (type: 'Justified' | 'Unjustified'): BreakGlassReviewStatus => ({
  conditions: [{ type, status: 'True', message: 'seen' }],
  reviewer: { username: 'oidc:eve' },
})
const ITEMS = [review('done', 10, decided('Justified')), review('later', 3600), review('late', -60)]
const ME: Answers = { 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:ann' } } }) }

async function run(args: readonly string[], answers: Answers = {}) {
  const sent: object[] = []
  const io = fakeIO({
    ...ME,
    [`GET ${PATH}`]: () => ({ items: ITEMS }),
    [`GET ${PATH}/late`]: () => review('late', -60),
    [`PUT ${PATH}/late/decision`]: (body: object) => (sent.push(body), body),
    ...answers,
  })
  return { code: await runCertify(io, args), io, sent }
}

describe('kubectl certify reviews', () => {
  it('lists what is not reviewed, what is overdue first, and escapes what it quotes', async () => {
    const { code, io } = await run(['reviews'])
    expect(code).toBe(0)
    expect(io.printed()).toMatch(/late +oidc:bot +Overdue[^\n]*down\\u001b\[2J\nlater +oidc:bot +Open/)
    expect(io.printed()).not.toContain('done')
  })
  it('lists decided ones last with --all', async () => {
    const { io } = await run(['reviews', '--all', '-o', 'name'])
    expect(io.printed().trim().split('\n')).toEqual(['late', 'later', 'done'].map((name) => `breakglassreview.jit.access/${name}`))
  })
  it('takes no names', async () => expect((await run(['reviews', 'late'])).code).toBe(2))
})

describe('kubectl certify review', () => {
  it.each(['Justified', 'Unjustified'])('decides a use as %s, with the reason', async (type) => {
    const { code, sent, io } = await run(['review', 'bgreview/late', `--${type.toLowerCase()}`, '--reason=seen'])
    expect([code, sent]).toEqual([
      0,
      [expect.objectContaining({ status: { conditions: [expect.objectContaining({ type, status: 'True', message: 'seen' })] } })],
    ])
    expect(io.printed()).toBe(`breakglassreview.jit.access/late ${type.toLowerCase()}\n`)
  })
  it.each([
    [['review', 'late', '--reason=x']],
    [['review', 'late', '--justified', '--unjustified', '--reason=x']],
    [['review', 'late', '--justified']],
    [['review', '--justified', '--reason=x']],
  ])('%j is a usage error that decides nothing', async (args) => {
    const { code, sent } = await run(args)
    expect([code, sent]).toEqual([2, []])
  })
  it('says who decided it otherwise before', async () => {
    const { code, sent, io } = await run(['review', 'late', '--justified', '--reason=x'], {
      [`GET ${PATH}/late`]: () => review('late', -60, decided('Unjustified')),
    })
    expect([code, sent, io.noted()]).toEqual([4, [], expect.stringContaining('late was decided before, as unjustified, by oidc:eve: seen')])
  })
  it('tries again after a conflict', async () => {
    let tries = 0
    const { code } = await run(['review', 'late', '--justified', '--reason=x'], {
      [`PUT ${PATH}/late/decision`]: (body: object) => {
        tries += 1
        if (tries === 1) throw new KubectlError('Conflict', 'changed')
        return body
      },
    })
    expect([code, tries]).toEqual([0, 2])
  })
})

it('the inbox says how many uses of others are not reviewed', async () => {
  const list = { 'GET /apis/jit.access/v1/accessrequests': () => ({ items: [], metadata: { resourceVersion: '1' } }) }
  const { io } = await run([], list)
  expect(io.noted()).toContain('2 uses of break-glass are not reviewed, 1 overdue: kubectl certify reviews')
  const own = { ...list, 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:bot' } } }) }
  expect((await run([], own)).io.noted()).not.toContain('break-glass')
})

it('kubectl create accessrequest --break-glass asks for it, and needs a reason', async () => {
  const flags = ['--break-glass', '--verb=get', '--resource=pods', '-n', 'shop', '--dry-run=client', '-o', 'json']
  const kinds = { 'GET /api/v1': () => ({ resources: [{ name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get'] }] }) }
  const io = fakeIO({ ...ME, ...kinds })
  expect(await runCreate(io, flags)).toBe(2)
  expect(io.noted()).toContain('--break-glass needs a --reason')
})
