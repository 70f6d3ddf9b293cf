import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../../domain/api/access-grant.ts'
import { fakeIO, nowMs, type FakeIO } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const GRANTS = '/apis/jit.access/v1/accessgrants'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const grantOf = (name: string, endsIn: number, more: Partial<AccessGrant['spec']> = {}): AccessGrant => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessGrant',
  metadata: { name },
  spec: {
    requestName: `ask-${name}`,
    policy: 'coding-agents',
    subject: { username: 'oidc:agent' },
    notBefore: at(-600),
    expiresAt: at(endsIn),
    rules: [{ verbs: ['patch'], apiGroups: ['apps'], resources: ['deployments'], namespaces: ['shop'], resourceNames: ['web'] }],
    ...more,
  },
  status: { uses: 1, lastUsed: at(-60) },
})

/** A server that selects by field as the real one does. */
function fixture(grants: readonly AccessGrant[], replies?: readonly string[]): FakeIO & { readonly revoked: string[] } {
  const revoked: string[] = []
  const list = (_: never, path: string) => {
    const selector = new URL(path, 'http://x').searchParams.get('fieldSelector') ?? ''
    const wanted = /spec\.subject\.username=([^,]*)/.exec(selector)?.[1]
    return { items: grants.filter(({ spec }) => wanted === undefined || spec.subject.username === wanted) }
  }
  const each = grants.flatMap((grant) => [
    [`GET ${GRANTS}/${grant.metadata.name}`, () => grant] as const,
    [`PUT ${GRANTS}/${grant.metadata.name}/revocation`, (body: AccessGrant) => (revoked.push(grant.metadata.name), body)] as const,
  ])
  const io = fakeIO({ [`GET ${GRANTS}`]: list, ...Object.fromEntries(each) }, replies === undefined ? {} : { replies })
  return Object.assign(io, { revoked })
}

const GRANTED = [
  grantOf('later', 600, { maxUses: 5 }),
  grantOf('sooner', 60),
  grantOf('over', -60),
  grantOf('others', 300, { subject: { username: 'oidc:two' } }),
]

describe('grants', () => {
  it('lists live grants, those that end first at the top', async () => {
    const io = fixture(GRANTED)
    expect(await runCertify(io, ['grants', '-o', 'wide'])).toBe(0)
    const rows = io.printed().trim().split('\n')
    expect(rows.map((row) => row.split(' ')[0])).toEqual(['NAME', 'sooner', 'others', 'later'])
    expect(rows[3]).toMatch(
      /^later +oidc:agent +Active +1\/5 +10m +coding-agents +patch deployments\.apps "web" in namespace shop +ask-later +1m ago$/,
    )
  })
  it('--all lists ended ones too, and --requester those of one user', async () => {
    const io = fixture(GRANTED)
    expect(await runCertify(io, ['grants', '--all', '--requester=oidc:agent', '-o', 'name'])).toBe(0)
    expect(io.printed()).toBe(['over', 'sooner', 'later'].map((name) => `accessgrant.jit.access/${name}\n`).join(''))
  })
})

describe('revoke of a selection', () => {
  it('lists the live grants of a requester, asks, and revokes them', async () => {
    const io = fixture(GRANTED, ['y'])
    expect(await runCertify(io, ['revoke', '--requester=oidc:agent', '--reason=x'])).toBe(0)
    expect(io.noted()).toMatch(/^NAME[^]*sooner[^]*later[^]*Revoke these 2 grants\? \[y\/N\] $/)
    expect(io.revoked).toEqual(['sooner', 'later'])
  })
  it.each([['n'], ['']])('revokes nothing when the answer is %j', async (reply) => {
    const io = fixture(GRANTED, [reply])
    expect(await runCertify(io, ['revoke', '--policy=coding-agents'])).toBe(0)
    expect(io.revoked).toEqual([])
    expect(io.noted()).toContain('nothing was revoked')
  })
  it('needs --yes without a terminal, and lists with it too', async () => {
    const io = fixture(GRANTED)
    expect(await runCertify(io, ['revoke', '--requester=oidc:agent'])).toBe(2)
    expect(io.revoked).toEqual([])
    expect(await runCertify(io, ['revoke', '--requester=oidc:two', '--yes'])).toBe(0)
    expect([io.revoked, io.noted()]).toEqual([['others'], expect.stringContaining('oidc:two')])
  })
  it('takes either names or a selection', async () => {
    expect(await runCertify(fixture(GRANTED), ['revoke', 'later', '--requester=oidc:agent', '--yes'])).toBe(2)
    expect(await runCertify(fixture(GRANTED), ['revoke'])).toBe(2)
  })
})
