import { describe, expect, it } from 'vitest'
import type { AccessSession } from '../../../../domain/api/access-session.ts'
import { fakeIO, nowMs, type Answers } from '../../../fakes/io.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1/accesssessions'
const SESSION = 'a'.repeat(32)
const NAME = `${SESSION}-20261125t110000z`
const at = (secondsAgo: number): string => new Date(nowMs - secondsAgo * 1000).toISOString()

const sessionOf = (name: string, secondsAgo: number, policy = 'coding-agents', username = 'oidc:ci'): AccessSession => ({
  apiVersion: 'jit.access/v1',
  kind: 'AccessSession',
  metadata: { name },
  spec: { session: SESSION, username },
  status: {
    phase: 'Ended',
    startedAt: at(secondsAgo + 90),
    lastActivityAt: at(secondsAgo),
    requests: 7,
    refused: 1,
    policies: [{ name: policy, namespaces: ['shop'] }],
  },
})

/** Serves a list in pages of two, and remembers the paths. */
function fixture(sessions: readonly AccessSession[], more: Answers = {}) {
  const paths: URL[] = []
  const page = (_: never, path: string) => {
    const url = new URL(path, 'http://x')
    paths.push(url)
    const from = Number(url.searchParams.get('continue') ?? 0)
    return { metadata: from + 2 < sessions.length ? { continue: String(from + 2) } : {}, items: sessions.slice(from, from + 2) }
  }
  return { io: fakeIO({ [`GET ${BASE}`]: page, ...more }), paths }
}

describe('sessions', () => {
  it('lists all pages, the latest first, of the time, the agent and the policy that are asked for', async () => {
    const { io, paths } = fixture([sessionOf('old', 7200), sessionOf('new', 60), sessionOf('other', 30, 'another')])
    expect(await runCertify(io, ['sessions', '--agent=oidc:a,b', '--policy=coding-agents', '--since=1d'])).toBe(0)
    const rows = io.printed().trim().split('\n')
    expect(rows[0]).toMatch(/^NAME +AGENT +PHASE +ACTIVE +LASTED +REQUESTS +REFUSED +HELD +STREAMS/)
    expect(rows.slice(1).map((row) => row.split(/ {2,}/).slice(0, 7))).toEqual([
      ['new', 'oidc:ci', 'Ended', '1m ago', '1m30s', '7', '1'],
      ['old', 'oidc:ci', 'Ended', '2h ago', '1m30s', '7', '1'],
    ])
    expect(paths.map((url) => url.searchParams.get('since'))).toEqual([at(86_400), at(86_400)])
    expect(paths[0]?.searchParams.get('fieldSelector')).toBe(String.raw`spec.username=oidc:a\,b`)
  })

  it('shows escape sequences in a name, and does not execute them', async () => {
    const { io } = fixture([sessionOf('evil', 60, 'p', 'oidc:\u001b[2J\u009b')])
    await runCertify(io, ['sessions'])
    expect(io.printed()).toContain(String.raw`oidc:\u001b[2J\u009b`)
  })

  it('says that there is none, and takes no names', async () => {
    const { io } = fixture([])
    expect(await runCertify(io, ['sessions'])).toBe(0)
    expect(io.noted()).toContain('No session that you can see was active in the last 7d.')
    expect(await runCertify(io, ['sessions', 'x'])).toBe(2)
  })
})

describe('replay of a session of the cluster', () => {
  const events = [
    { time: at(50), event: 'request.intent', auditID: '1', session: SESSION, user: 'oidc:ci', method: 'GET', path: '/a', grant: 'g' },
    { time: at(49), event: 'stream.opened', auditID: '1', session: SESSION, stream: 'exec', command: ['sh'] },
    { time: at(40), event: 'request.refused', auditID: '2', session: SESSION, user: 'oidc:ci', code: 403, reason: 'Forbidden', path: '/b' },
  ]
  const cast = [
    '{"version":2,"width":80,"height":24}',
    String.raw`[0.5,"o","hello \u001b[31mred\r\n"]`,
    '[0.6,"m","marker"]',
    '[0.7,"i","typed"]',
    'not a frame',
    '',
  ].join('\n')
  const answers: Answers = {
    [`GET ${BASE}/${NAME}/events`]: (_: never, path: string) =>
      path.includes('continue=') ? { items: events.slice(2), unreadable: 1 } : { metadata: { continue: 'next' }, items: events.slice(0, 2) },
    'TEXT get': () => cast,
  }

  it('is a timeline of all pages with what the terminals showed', async () => {
    const { io } = fixture([], answers)
    expect(await runCertify(io, ['replay', NAME])).toBe(0)
    const text = io.printed()
    expect(text).toContain(`Session ${SESSION} of oidc:ci, 2 requests`)
    expect(text).toContain('[grant g]')
    expect(text).toContain(String.raw`| hello \u001b[31mred`)
    expect(text).toContain('< typed')
    expect(text).toContain('REFUSED')
    expect(text).not.toContain('marker')
    expect(io.noted()).not.toContain('longer than what is shown')
    expect(io.noted()).toContain('1 lines of the records were changed or damaged')
  })

  const decided: Answers = {
    ...answers,
    [`GET ${BASE}/${NAME}/events`]: () => ({
      items: events,
      decisions: [
        { from: 'jit-apiserver', time: at(45), decision: 'Denied', request: 'hold-1', by: 'oidc:x', asks: 'delete pod', message: 'no \u001b[2J' },
        { from: 'jit-apiserver', time: at(10), decision: 'Revoked', request: 'g', grant: 'g', message: 'oidc:z: enough' },
      ],
      untold: [{ resource: 'accessgrants', name: 'g-2', reason: 'NotKept' }],
    }),
  }
  it('has the decisions of jit-apiserver in the order of time, and says which it no longer has', async () => {
    const { io } = fixture([], decided)
    await runCertify(io, ['replay', NAME])
    const text = io.printed()
    const places = ['[grant g]', 'accessrequest hold-1 denied by oidc:x: no', 'REFUSED', 'accessgrant g revoked by oidc:z: enough'].map((each) =>
      text.indexOf(each),
    )
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(text).toContain(String.raw`[from jit-apiserver] accessrequest hold-1 denied by oidc:x: no \u001b[2J`)
    expect(io.noted()).toContain('no longer kept, so who decided is not shown here: accessgrant g-2')
    const json = fixture([], decided).io
    await runCertify(json, ['replay', NAME, '-o', 'json'])
    const lines = json
      .printed()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly event?: string; readonly decision?: string })
    expect(lines.map(({ event, decision }) => event ?? decision)).toEqual(['request.intent', 'stream.opened', 'Denied', 'request.refused', 'Revoked'])
  })
  it('has no decisions when one request is selected, and only those after a time', async () => {
    const one = fixture([], decided).io
    await runCertify(one, ['replay', NAME, '--audit-id=2'])
    expect(one.printed()).not.toContain('jit-apiserver')
    const late = fixture([], decided).io
    await runCertify(late, ['replay', NAME, `--since=${at(42)}`])
    expect(late.printed()).toContain('revoked')
    expect(late.printed()).not.toContain('denied')
  })

  it('says which recordings are longer than what is shown, and stops at what fits into memory', async () => {
    const opened = ['1', '3', '4'].map((auditID) => ({ ...events[1], auditID }))
    const long = `${cast.trimEnd()}\n${JSON.stringify([9, 'o', 'x'.repeat(40 << 20)])}\n${JSON.stringify([9, 'm', 'the recording goes on: ask for it with after=8.999'])}\n`
    const { io } = fixture([], {
      ...answers,
      [`GET ${BASE}/${NAME}/events`]: () => ({ items: [events[0], ...opened] }),
      'TEXT get': () => long,
    })
    expect(await runCertify(io, ['replay', NAME])).toBe(0)
    expect(io.noted()).toContain('the recording of 1 is longer than what is shown')
    expect(io.noted()).not.toContain('the recording of 4')
    expect(io.noted()).toContain('1 terminals are not shown; one of them: --audit-id=ID')
  })

  it('shows at most twenty terminals', async () => {
    const opened = Array.from({ length: 22 }, (_, index) => ({ ...events[1], auditID: `${index}` }))
    const { io } = fixture([], { ...answers, [`GET ${BASE}/${NAME}/events`]: () => ({ items: [events[0], ...opened] }) })
    expect(await runCertify(io, ['replay', NAME])).toBe(0)
    expect(io.noted()).toContain('2 terminals are not shown')
  })

  it('is events as JSON, or one recording as it comes', async () => {
    const json = fixture([], answers).io
    await runCertify(json, ['replay', NAME, '-o', 'json', '--audit-id=2'])
    expect(JSON.parse(json.printed())).toMatchObject({ auditID: '2' })
    const recording = fixture([], answers).io
    await runCertify(recording, ['replay', NAME, '--output=cast', '--audit-id=1'])
    expect(recording.printed()).toBe(cast)
  })

  it('says what to type for anything that is not a name of a session', async () => {
    const { io } = fixture([], answers)
    expect(await runCertify(io, ['replay', '../accessrequests/x'])).toBe(2)
    expect(io.noted()).toContain('list them with: kubectl certify sessions')
    expect(io.calls).toEqual([])
    expect(await runCertify(io, ['replay'])).toBe(2)
  })
})
