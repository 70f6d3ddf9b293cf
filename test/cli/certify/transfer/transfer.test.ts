import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { grant } from '../../../domain/builders.ts'
import { fakeIO, nowMs } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const GRANTS = '/apis/jit.access/v1/accessgrants'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const own: AccessGrant = { ...grant({ notBefore: at(-60), expiresAt: at(600), maxUses: 5 }, { uses: 2 }), metadata: { name: 'own' } }

function server() {
  const sent: unknown[] = []
  const io = fakeIO({
    [`GET ${GRANTS}/own`]: () => own,
    [`POST ${GRANTS}/own/transfer`]: (body: { readonly spec: { readonly to: string } }) => {
      sent.push(body)
      if (body.spec.to === 'oidc:stranger') throw new KubectlError('Forbidden', 'policy "agents" does not name "oidc:stranger" as a receiver')
      return { ...own, status: { transfers: [{ grantName: 'own-1', to: body.spec.to, time: at(0) }] } }
    },
  })
  return { io, sent }
}

describe('kubectl certify transfer', () => {
  it('gives everything that is left, and says which grant that is', async () => {
    const { io, sent } = server()
    expect(await runCertify(io, ['transfer', 'own', '--to=oidc:sub'])).toBe(0)
    expect(sent).toEqual([{ apiVersion: 'jit.access/v1', kind: 'GrantTransfer', spec: { to: 'oidc:sub' } }])
    expect(io.printed()).toBe('accessgrant.jit.access/own-1 given to oidc:sub, as a part of own\n')
  })
  it('gives only a part', async () => {
    const { io, sent } = server()
    expect(await runCertify(io, ['transfer', 'own', '--to=oidc:sub', '--name=web', '--uses=3', '--duration=5m'])).toBe(0)
    expect(sent).toMatchObject([{ spec: { rules: own.spec.rules, maxUses: 3, durationSeconds: 300 } }])
  })
  it.each([
    [['own']],
    [['--to=oidc:sub']],
    [['own', 'other', '--to=oidc:sub']],
    [['own', '--to=oidc:sub', '--uses=4']],
    [['own', '--to=oidc:sub', '--duration=11m']],
    [['own', '--to=oidc:sub', '--verb=delete']],
  ])('%j is wrong usage, and transfers nothing', async (args) => {
    const { io, sent } = server()
    expect(await runCertify(io, ['transfer', ...args])).toBe(2)
    expect(sent).toEqual([])
  })
  it('exits with 6 when the server refuses', async () => {
    const { io } = server()
    expect(await runCertify(io, ['transfer', 'own', '--to=oidc:stranger'])).toBe(6)
    expect(io.noted()).toContain('does not name')
  })
})
