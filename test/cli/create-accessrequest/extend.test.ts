import { describe, expect, it } from 'vitest'
import type { AccessGrant } from '../../../domain/api/access-grant.ts'
import type { AccessRequest } from '../../../domain/api/access-request.ts'
import { grant } from '../../domain/builders.ts'
import { fakeIO, nowMs, type FakeIO } from '../../fakes/io.ts'
import { requestOf } from '../requests.ts'
import { runCreate } from '../run-certify.ts'

const BASE = '/apis/jit.access/v1'
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString()
const MORE = ['--extend=scale-web', '--duration=30m', '--reason=slow'] as const

/** A server that copies what an extension has from its grant, and one grant that can be extended. */
function server() {
  const stored = new Map<string, AccessRequest>()
  let live: AccessGrant = { ...grant({ notBefore: at(-60), expiresAt: at(540) }), metadata: { name: 'scale-web' } }
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:agent' } } }),
    [`GET ${BASE}/accessrequests`]: () => ({ items: [...stored.values()] }),
    [`POST ${BASE}/accessrequests`]: (body: AccessRequest, path: string) => {
      const { name } = body.metadata
      const made = {
        ...requestOf({ name }),
        ...body,
        spec: { ...body.spec, rules: live.spec.rules ?? [], requester: { username: 'oidc:agent' } },
        status: { ...requestOf().status, policies: ['coding-agents'], expiresAt: new Date(io.clock.nowMs() + 540_000).toISOString() },
      }
      if (!path.includes('dryRun=All')) stored.set(name, made)
      return made
    },
    [`GET ${BASE}/accessgrants/scale-web`]: () => live,
  })
  const approve = (): void => {
    const [name, request] = [...stored][0] ?? []
    if (name === undefined || request === undefined) throw new Error('nothing was requested')
    stored.set(name, { ...request, status: { conditions: [{ type: 'Approved', status: 'True', message: 'go on' }], grantName: 'scale-web' } })
    live = { ...live, status: { extensions: [{ requestName: name, time: at(0), expiresAt: at(1800) }] } }
  }
  return { io, stored, approve }
}
const pass = (io: FakeIO, seconds: number): void => void Object.assign(io.clock, { nowMs: () => nowMs + seconds * 1000 })

describe('--extend', () => {
  it.each(['scale-web', 'accessgrant/scale-web', 'accessgrant.jit.access/scale-web'])('%s asks for the same access for longer', async (name) => {
    const { io, stored } = server()
    expect(await runCreate(io, [`--extend=${name}`, '--duration=30m', '--reason=slow', '--dry-run=client'])).toBe(0)
    expect(io.printed()).toContain('extends: scale-web')
    expect(await runCreate(io, [`--extend=${name}`, '--duration=30m', '--reason=slow'])).toBe(0)
    expect([...stored]).toMatchObject([
      [expect.stringMatching(/^extend-scale-web-[0-9a-f]{8}$/), { spec: { extends: 'scale-web', durationSeconds: 1800, reason: 'slow' } }],
    ])
    expect(io.calls.some((call) => call.startsWith('TEXT'))).toBe(false)
  })

  it('says when the grant ends now', async () => {
    const { io, approve } = server()
    await runCreate(io, MORE)
    approve()
    expect(await runCreate(io, [...MORE, '--wait'])).toBe(0)
    expect(io.printed()).toContain(`approved: go on (grant scale-web, ends at ${at(1800)} now (in 30m))`)
  })

  it('typed again finds the pending or the fresh extension, and asks for another when half of the time is over', async () => {
    const { io, stored, approve } = server()
    for (const _ of [1, 2]) expect(await runCreate(io, MORE)).toBe(0)
    approve()
    pass(io, 900)
    expect(await runCreate(io, MORE)).toBe(0)
    expect(stored.size).toBe(1)
    pass(io, 901)
    expect(await runCreate(io, MORE)).toBe(0)
    expect(stored.size).toBe(2)
  })

  it('with --dry-run=server says what it would give, and until when it can be approved', async () => {
    const { io, stored } = server()
    expect(await runCreate(io, [...MORE, '--dry-run=server'])).toBe(0)
    expect(io.printed()).toMatch(
      /waits: +up to 9m for a decision\n +gives: +grant scale-web ends 30m after the approval; what it gives, and its uses, stay\n/,
    )
    expect(stored.size).toBe(0)
  })

  it.each([
    [['--verb=get', '--resource=pods']],
    [['--reveal=shop/db:password']],
    [['--uses=3']],
    [['--not-before=+1h']],
    [['--break-glass', '--reason=the shop is down']],
    [['--from-refusal']],
    [['--operation', '-f', 'web.yaml']],
    [['--for', '--', 'kubectl', 'delete', 'deploy/web']],
  ])('with %j is refused before any call', async (args) => {
    const { io } = server()
    expect(await runCreate(io, [...MORE, ...args])).toBe(2)
    expect([io.calls, io.noted()]).toEqual([[], expect.stringContaining('--extend takes no --')])
  })
  it.each(['', 'accessrequest/ask'])('of "%s" is refused before any call', async (name) => {
    const { io } = server()
    expect(await runCreate(io, [`--extend=${name}`])).toBe(2)
    expect([io.calls, io.noted()]).toEqual([[], expect.stringContaining('kubectl get accessgrants')])
  })
})
