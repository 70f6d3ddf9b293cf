import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../../domain/api/access-request.ts'
import { formatRequestFully } from '../../../../cli/format/request-details.ts'
import { openRecorder } from '../../../../server/records/recorder.ts'
import { grant } from '../../../domain/builders.ts'
import { fakeIO, nowMs, type FakeIO } from '../../../fakes/io.ts'
import { approvedBy, requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const longer: AccessGrant = {
  ...grant(
    { notBefore: at(-60), expiresAt: at(60), requestName: 'first' },
    { extensions: [{ requestName: 'more', time: at(0), expiresAt: at(1800) }] },
  ),
  metadata: { name: 'first' },
}
const more = requestOf({ name: 'more', spec: { extends: 'first', durationSeconds: 1800, maxUses: 5 } })

/** A server that approves, and one extended grant. */
function server(): { readonly io: FakeIO; readonly sent: AccessRequest[] } {
  const sent: AccessRequest[] = []
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'rita' } } }),
    [`GET ${BASE}/accessrequests/more`]: () => more,
    [`PUT ${BASE}/accessrequests/more/approval`]: (body: AccessRequest) => (
      sent.push(body),
      { ...body, status: { ...approvedBy('rita'), grantName: 'first' } }
    ),
    [`GET ${BASE}/accessgrants/first`]: () => longer,
    [`GET ${BASE}/accessgrants`]: () => ({ items: [longer] }),
  })
  return { io, sent }
}

describe('an approver', () => {
  it('sees that a request extends a grant, and what that gives', () => {
    const shown = formatRequestFully(more, undefined, nowMs)
    expect(shown).toContain('Extends:     accessgrant first, which gives this already and ends when it is not extended\n')
    expect(shown).toContain(
      'If you approve:\n    grant first ends 30m after the approval; what it gives, and its uses, stay.\n    kubectl certify approve more [--duration=5m] [--reason=TEXT]\n',
    )
  })
  it('approves it, for less time, and sees the new end', async () => {
    const { io, sent } = server()
    expect(await runCertify(io, ['approve', 'more', '--duration=20m'])).toBe(0)
    expect(sent[0]?.status?.narrowed).toEqual({ durationSeconds: 1200 })
    expect(io.printed()).toBe(
      `accessrequest.jit.access/more approved\naccessgrant.jit.access/first ends at ${at(1800)} (in 30m), any number of uses\n`,
    )
  })
  it.each([['--uses=1'], ['--verb=patch'], ['--name=web']])('cannot cut it down by %s', async (flag) => {
    const { io, sent } = server()
    expect(await runCertify(io, ['approve', 'more', flag])).toBe(2)
    expect([sent, io.noted()]).toEqual([[], expect.stringContaining('approve less time with --duration')])
  })
  it('sees the new end of the grant, and by which request, in the list', async () => {
    const { io } = server()
    expect(await runCertify(io, ['grants', '-o', 'wide'])).toBe(0)
    expect(io.printed()).toMatch(/first +oidc:agent +Active +0\/any +30m .* first, extended by more +never\n/)
  })
})

it('a replay shows both ends of an extended grant below its approval', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jit-extended-'))
  const recorder = await openRecorder({ dir, clock: { nowMs: () => nowMs }, onError: () => undefined })
  const both = { auditID: 'b1', session: 'one', user: 'oidc:agent', by: 'rita', request: 'more', policy: 'agents' } as const
  await recorder.record({ event: 'access.extended', ...both, grant: 'first', asks: 'patch deployments.apps', before: at(60), expiresAt: at(1800) })
  await recorder.record({
    event: 'access.decided',
    ...both,
    decision: 'Approved',
    asks: 'extend first: patch deployments.apps',
    approvals: 1,
    required: 1,
  })
  await recorder.close()
  const io = fakeIO()
  expect(await runCertify(io, ['replay', `--records=${dir}`, 'one'])).toBe(0)
  const said = io.printed()
  expect(said).toContain('accessrequest more approved by rita')
  expect(said).toContain(`accessgrant first extended: it expires at ${at(1800)}, not at ${at(60)}`)
  await rm(dir, { recursive: true, force: true })
})
