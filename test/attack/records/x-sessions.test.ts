import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NamedSource } from '../../../apiserver/sessions/gateways.ts'
import type { RecordedEvent } from '../../../domain/record/replay.ts'
import { runOf } from '../../../domain/record/sessions/run.ts'
import { sessionsOf } from '../../apiserver/sessions/record-folders.ts'
import { grantOf, put, requestOf, serveApi, user, type Served } from '../../apiserver/resources/served-api.ts'
import { policy } from '../../domain/builders.ts'
import { dataOf, intentOf, openAt, openedOf, sessionNamed } from '../../server/records/sessions/agent-records.ts'

/** What an agent, or a gateway that was stolen, could do with sessions. */
const T = Date.parse('2026-11-29T10:00:00.000Z')
const [VICTIM, THIEF] = [sessionNamed('a'), sessionNamed('b')]
const NAME = `${VICTIM}-20261129t100000z`
const CANARY = `canary-${Math.random().toString(36).slice(2)}`
const AGENT = user('oidc:b')
const AUDITOR = user('auditor')

let dir: string
let api: Served
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jit-attack-'))
  const { recorder, write } = await openAt(dir, { startMs: T })
  await write(T, intentOf(VICTIM, 'v1', { policy: 'ci', path: `/${CANARY}` }))
  await write(T + 1, openedOf(VICTIM, 'v2'))
  await write(T + 2, dataOf(VICTIM, 'v2', 1, CANARY))
  await write(T + 3, intentOf(THIEF, 't1', { policy: 'ci' }))
  await recorder.close()
})
afterEach(async () => {
  await api.close()
  await rm(dir, { recursive: true, force: true })
})
const serve = async (more: readonly NamedSource[] = []): Promise<void> => {
  api = await serveApi(T + 1000, undefined, { sessions: sessionsOf([dir], more) })
  await put(api.store, 'accesspolicies', policy('ci', { subjects: [{ kind: 'User', name: 'oidc:b' }] }))
}

describe('X. sessions', () => {
  it('X240 an agent reads no session of another, by no name, selector or token, even if RBAC lets it certify', async () => {
    await serve()
    api.rights = ({ username }, { verb }) => verb === (username === AGENT.username ? 'certify' : 'view')
    const { body } = await api.send(AUDITOR, 'GET accesssessions?limit=1')
    const token = (body as { readonly metadata: { readonly continue?: string } }).metadata.continue ?? ''
    expect(token).not.toBe('')
    const forged = Buffer.from(JSON.stringify({ session: '0'.repeat(32), name: '' })).toString('base64url')
    const lines = [
      'accesssessions',
      `accesssessions?continue=${token}`,
      `accesssessions?continue=${forged}`,
      'accesssessions?fieldSelector=spec.username%3Doidc:a',
      'accesssessions?fieldSelector=spec.username!%3Doidc:b',
      `accesssessions?fieldSelector=metadata.name%3D${NAME}`,
      `accesssessions/${NAME}`,
      `accesssessions/${NAME}/events`,
      `accesssessions/${NAME}/events?continue=${Buffer.from(JSON.stringify({ time: '2000-01-01T00:00:00Z', file: '../x', offset: 0 })).toString('base64url')}`,
      `accesssessions/${NAME}/recording?stream=v2`,
      // Its own session, with a stream of the other.
      `accesssessions/${THIEF}-20261129t100000z/recording?stream=v2`,
      `accesssessions/${THIEF}-20261129t100000z/events`,
    ]
    for (const line of lines) {
      const { text } = await api.send(AGENT, `GET ${line}`)
      expect(text, line).not.toContain(CANARY)
      expect(text.replaceAll(NAME, '').includes(VICTIM), line).toBe(false)
    }
    expect((await api.send(AGENT, `GET accesssessions/${NAME}`)).code).toBe(404)
  })

  it('X241 no name, token or stream leads to a file', async () => {
    await serve()
    api.rights = (_, { verb }) => verb === 'view'
    const paths = ['..%2f..%2fetc%2fpasswd', `${NAME}%00`, `${NAME}%2f..`, 'folder-id', '.jsonl']
    for (const path of paths)
      for (const part of ['', '/events', '/recording'])
        expect((await api.send(AUDITOR, `GET accesssessions/${path}${part}`)).code).toBeGreaterThanOrEqual(400)
    const { code } = await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=..%2f..%2fetc%2fpasswd`)
    expect(code).toBe(404)
  })

  it('X242 a stolen gateway shows an agent no session of another, and cannot pass one off as its own', async () => {
    const run = runOf(
      { time: new Date(T).toISOString(), ...intentOf(VICTIM, 'x', { user: AGENT.username, policy: 'ci' }) } as RecordedEvent<'request.intent'>,
      'x',
    )
    const lies: NamedSource = {
      name: 'stolen',
      source: {
        runs: () => Promise.resolve({ folder: 'stolen', runs: [{ ...run, user: AGENT.username }], incomplete: false }),
        events: () => Promise.resolve({ folder: 'stolen', events: [], more: false, unreadable: 0 }),
        stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) }),
      },
    }
    await serve([lies])
    for (const part of ['', '/events', '/recording?stream=v2']) {
      const { text } = await api.send(AGENT, `GET accesssessions/${NAME}${part}`)
      expect(text).not.toContain(CANARY)
    }
  })

  it('X243 a session that gateways say is of two users is shown to neither', async () => {
    const lying = {
      ...runOf({ time: new Date(T).toISOString(), ...intentOf(VICTIM, 'x') } as RecordedEvent<'request.intent'>, 'x'),
      user: AGENT.username,
      startMs: T - 5000,
      reachMs: T - 5000,
    }
    const first: NamedSource = {
      name: 'aaa',
      source: {
        runs: () => Promise.resolve({ folder: 'aaa', runs: [lying], incomplete: false }),
        events: () => Promise.resolve({ folder: 'aaa', events: [], more: false, unreadable: 0 }),
        stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) }),
      },
    }
    await serve([first])
    expect((await api.send(AGENT, 'GET accesssessions')).text).not.toContain(CANARY)
    for (const start of ['20261129t095955z', '20261129t100000z'])
      for (const part of ['', '/events', '/recording?stream=v2'])
        expect((await api.send(AGENT, `GET accesssessions/${VICTIM}-${start}${part}`)).code).toBe(404)
    // The gateway through which an agent asks names its session: then even a lie that nobody disputes shows nothing.
    const known = { ...AGENT, extra: { 'jit.access/session': [THIEF] } }
    expect((await api.send(known, 'GET accesssessions')).text).not.toContain(VICTIM)
  })

  it('X244 who sees a session learns no decision on what they may not see, and an agent gets no decision into the session of another', async () => {
    const { recorder, write } = await openAt(dir, { startMs: T + 10, host: 'gateway-b', pid: 2 })
    await write(T + 10, intentOf(VICTIM, 'v4', { policy: 'ci', namespace: 'shop', grant: 'hidden' }))
    await write(T + 11, { event: 'hold.filed', auditID: 'v5', session: VICTIM, request: 'taken-name', digest: 'd', timeoutSeconds: 1 })
    await recorder.close()
    await serve()
    // May certify what the session did, and not the policy of its grant.
    api.rights = (_, { verb, name }) => verb === 'certify' && name === 'ci'
    const about = { owner: 'oidc:a', policy: 'other', namespaces: ['shop'] }
    const reviews = [{ reviewer: { username: CANARY }, decision: 'Approved' as const, time: '2026-11-29T10:00:00Z', message: CANARY }]
    await put(api.store, 'accessrequests', { ...requestOf('hidden', about), status: { reviews } })
    const conditions = [{ type: 'Revoked', status: 'True' as const, message: CANARY }]
    await put(api.store, 'accessgrants', { ...grantOf('hidden', about), status: { conditions } })
    // The thief made a request with the name of one that is gone, and says that it is of the session.
    const extra = { 'jit.access/session': [VICTIM] }
    const forged = requestOf('taken-name', { ...about, owner: 'oidc:b', policy: 'ci' })
    await put(api.store, 'accessrequests', { ...forged, spec: { ...forged.spec, requester: { username: 'oidc:b', extra }, reason: CANARY } })
    const { code, body, text } = await api.send(user('approver'), `GET accesssessions/${NAME}/events`)
    expect(code).toBe(200)
    expect(body['decisions']).toEqual([])
    expect(text.replaceAll(`/${CANARY}`, '')).not.toContain(CANARY)
  })
})
