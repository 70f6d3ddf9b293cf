import { afterEach, expect, it } from 'vitest'
import { StatusError } from '../../domain/status-error.ts'
import type { Dependencies } from '../../gateway/pipeline.ts'
import { grant, NONE_SUSPENDED } from '../domain/builders.ts'
import { recorderTo } from '../fakes/recorder.ts'
import { createFixture, type Fixture } from './gateway-fixture.ts'

let fixture: Fixture | undefined
afterEach(() => fixture?.stop())

const LINE = 'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale'
const unavailable = (): Promise<never> => Promise.reject(new StatusError('ServiceUnavailable', 'not now'))
const fails = (): never => {
  throw new StatusError('ServiceUnavailable', 'not now')
}
const known = {
  get known(): never {
    return fails()
  },
  learned: unavailable,
  isReady: () => true,
  lateNamespaces: () => 0,
  values: unavailable,
  placeholders: fails,
  immutable: () => false,
  lookup: fails,
  agentText: (text: string) => text,
}

it.each<readonly [string, number, Partial<Dependencies>]>([
  ['the intent cannot be recorded', 503, { recorder: recorderTo(() => Promise.reject(new Error('disk full'))) }],
  ['another request took the last use', 403, { claim: () => Promise.resolve(false) }],
  ['it is unknown whether a counted use was taken', 503, { claim: unavailable }],
  [
    'policies are out of date',
    503,
    { view: { outdatedForMs: () => 0, suspensions: () => NONE_SUSPENDED, policies: fails, grantsOf: fails, freshGrants: unavailable } },
  ],
  ['the Secret values are unknown', 503, { masking: known }],
  [
    'a step throws an unexpected error',
    500,
    {
      evaluate: () => true,
      view: {
        outdatedForMs: () => 0,
        suspensions: () => NONE_SUSPENDED,
        policies: () => null as never,
        grantsOf: () => [],
        freshGrants: unavailable,
      },
    },
  ],
])('nothing is sent when %s (%s)', async (_, code, overrides) => {
  fixture = await createFixture(() => overrides)
  fixture.grants.push(
    grant({ policy: 'agents', maxUses: 5, notBefore: new Date(0).toISOString(), expiresAt: new Date(Date.now() + 60_000).toISOString() }),
  )
  const answer = await fixture.send(LINE, ['Content-Type: application/merge-patch+json'], '{}')
  expect(answer.status).toBe(code)
  expect(answer.body).not.toMatch(/disk full|TypeError|null/)
  expect(fixture.seen).toEqual([])
  if (code === 403) expect(answer.body).toContain('kubectl create accessrequest')
})

it('an identity that no policy governs is refused', async () => {
  fixture = await createFixture(() => ({
    view: {
      outdatedForMs: () => 0,
      suspensions: () => NONE_SUSPENDED,
      policies: () => [],
      grantsOf: () => [],
      freshGrants: () => Promise.resolve([]),
    },
  }))
  const answer = await fixture.send('GET /api/v1/namespaces/shop/pods')
  expect([answer.status, fixture.seen.length]).toEqual([403, 0])
  expect(answer.body).toContain('no AccessPolicy governs')
})

it('a shadow policy lets a request pass with a warning about the decision', async () => {
  fixture = await createFixture()
  const [only] = fixture.policies
  if (only === undefined) throw new Error('no policy')
  fixture.policies[0] = { ...only, spec: { ...only.spec, mode: 'Shadow' } }
  const answer = await fixture.send(LINE, ['Content-Type: application/merge-patch+json'], '{}')
  expect(answer.status).toBe(200)
  expect(answer.head).toMatch(/warning: 299 - "jit-access: policy agents \(Shadow\)/i)
  expect(fixture.events[0]).toMatchObject({ event: 'request.intent', shadow: true })
})
