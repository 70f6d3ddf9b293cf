import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import { isLive } from '../../../domain/grant/is-live.ts'
import { judge } from '../../../domain/grant/judge.ts'
import { AGENT, asked, grant, NOW } from '../builders.ts'

const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()
const DECISION = { effect: 'RequireGrant', policy: 'agents', rule: 'default', shadow: false, risk: 'Medium', receives: true } as const

type Link = 'lives' | 'revoked' | 'expired' | 'future' | 'idle' | 'used up' | 'deleted' | 'deleting' | 'replaced'
const LINKS: readonly Link[] = ['lives', 'lives', 'lives', 'used up', 'revoked', 'expired', 'future', 'idle', 'deleted', 'deleting', 'replaced']

function linkOf(name: string, link: Link): AccessGrant | undefined {
  if (link === 'deleted') return undefined
  const spec = {
    revoked: {},
    expired: { expiresAt: at(-1) },
    future: { notBefore: at(10) },
    idle: { notBefore: at(-100), idleSeconds: 60 },
    'used up': { maxUses: 1 },
    lives: {},
    deleting: {},
    replaced: {},
  }[link]
  const status = link === 'revoked' ? { conditions: [{ type: 'Revoked', status: 'True' } as const] } : link === 'used up' ? { uses: 1 } : undefined
  const base = grant({ subject: { username: `oidc:${name}` }, ...spec }, status)
  const uid = link === 'replaced' ? 'another' : `uid-${name}`
  return { ...base, metadata: { name, uid, ...(link === 'deleting' ? { deletionTimestamp: at(-1) } : {}) } }
}

const partOf = (names: readonly string[]): AccessGrant => ({
  ...grant({ transferredFrom: names.map((grantName) => ({ grantName, grantUID: `uid-${grantName}`, username: `oidc:${grantName}` })) }),
  metadata: { name: 'part', uid: 'uid-part' },
})
const verdictOn = (grants: readonly AccessGrant[], named?: (name: string) => AccessGrant | undefined) =>
  judge({
    classified: asked('PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'),
    identity: AGENT,
    decision: DECISION,
    grants,
    nowMs: NOW,
    ...(named === undefined ? {} : { named }),
  })

describe('a transferred grant', () => {
  it('gives access only while every grant that it is a part of lives', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LINKS), { minLength: 1, maxLength: 3 }), (links) => {
        const chain = new Map<string, AccessGrant | undefined>(links.map((link, index) => [`g${index}`, linkOf(`g${index}`, link)]))
        const part = partOf([...chain.keys()])
        const lives = links.every((link) => link === 'lives' || link === 'used up')
        const named = (name: string) => chain.get(name)
        expect(isLive(part, { identity: AGENT, nowMs: NOW, named })).toBe(lives)
        expect(verdictOn([part], named).kind).toBe(lives ? 'allow' : 'ask')
      }),
    )
  })
  it('gives no access where the others cannot be looked up', () => expect(verdictOn([partOf(['g0'])]).kind).toBe('ask'))
  it('names them all, so that a response ends with any of them', () => {
    const verdict = verdictOn([partOf(['g0', 'g1'])], (name) => linkOf(name, 'lives'))
    expect(verdict).toMatchObject({ kind: 'allow', permit: { grant: { name: 'part', ancestors: ['g0', 'g1'] } } })
  })
  it('that ended hides no other grant', () => {
    const own = { ...grant(), metadata: { name: 'own' } }
    expect(verdictOn([partOf(['g0']), own], () => undefined)).toMatchObject({ permit: { grant: { name: 'own' } } })
  })
})
