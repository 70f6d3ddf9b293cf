import { describe, expect, it } from 'vitest'
import type { AccessRequest, AccessRequestStatus } from '../../../domain/api/access-request.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { grant } from '../../domain/builders.ts'
import { fakeIO, nowMs, type FakeIO } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'
import { runCreate } from '../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const PODS = ['ask', '--verb=get', '--resource=pods', '-n', 'shop'] as const
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()

/** A server with at most one request. Once approved, the request has a grant that starts in two hours. */
function server(): { readonly io: FakeIO; readonly stored: () => AccessRequest | undefined; readonly approve: () => void } {
  let stored: AccessRequest | undefined
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:agent' } } }),
    [`GET ${BASE}/accessrequests/ask`]: () => stored,
    [`POST ${BASE}/accessrequests`]: (body: AccessRequest) => {
      if (stored !== undefined) throw new KubectlError('AlreadyExists', 'ask already exists')
      const { status = {} } = requestOf()
      return (stored = { ...body, spec: { ...body.spec, requester: { username: 'oidc:agent' } }, status })
    },
    [`GET ${BASE}/accessgrants/ask`]: () => ({
      ...grant({ notBefore: at(7200), expiresAt: at(7800), rules: stored?.spec.rules ?? [] }),
      metadata: { name: 'ask' },
    }),
  })
  const approve = (): void => {
    if (stored === undefined) throw new Error('nothing was requested')
    const status: AccessRequestStatus = { conditions: [{ type: 'Approved', status: 'True' }], grantName: 'ask' }
    stored = { ...stored, status }
  }
  return { io, approve, stored: () => stored }
}

describe('--not-before', () => {
  it.each([
    ['2026-11-25T22:00:00+01:00', '2026-11-25T21:00:00.000Z'],
    ['+2h', at(7200)],
  ])('%s requests a start at %s', async (text, expected) => {
    const { io, stored } = server()
    expect(await runCreate(io, [...PODS, `--not-before=${text}`])).toBe(0)
    expect(stored()?.spec.notBefore).toBe(expected)
  })

  it.each(['tomorrow', '22:00', '2026-11-25T22:00:00', '2026-13-25T22:00:00Z', '+', '+2x'])('%s is refused before any call', async (text) => {
    const { io, stored } = server()
    expect(await runCreate(io, [...PODS, `--not-before=${text}`])).toBe(2)
    expect(stored()).toBeUndefined()
  })

  it('finds the same request when the same duration is typed again later, and another one without', async () => {
    const { io } = server()
    expect(await runCreate(io, [...PODS, '--not-before=+2h'])).toBe(0)
    Object.assign(io.clock, { nowMs: () => nowMs + 60_000 })
    expect(await runCreate(io, [...PODS, '--not-before=+2h'])).toBe(0)
    expect(io.printed()).toContain('found: asked before')
    expect(await runCreate(io, PODS)).toBe(2)
    expect(io.noted()).toContain('already exists with other content')
  })

  it('with --wait returns at the approval, and says when the grant starts', async () => {
    const { io, approve } = server()
    await runCreate(io, [...PODS, '--not-before=+2h'])
    approve()
    expect(await runCreate(io, [...PODS, '--not-before=+2h', '--wait'])).toBe(0)
    expect(io.printed()).toContain(`starts at ${at(7200)} (in 2h)`)
  })
})
