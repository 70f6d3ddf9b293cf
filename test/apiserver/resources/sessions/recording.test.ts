import { describe, expect, it } from 'vitest'
import type { NamedSource } from '../../../../apiserver/sessions/gateways.ts'
import { createSessions } from '../../../../apiserver/sessions/sessions.ts'
import { closedOf, dataOf, intentOf, openedOf } from '../../../server/records/sessions/agent-records.ts'
import { serveApi } from '../served-api.ts'
import { A, AUDITOR, itemsOf, NAME, T, TABLE, twoGateways } from './two-gateways.ts'

const gateways = twoGateways()
const cast = (text: string): readonly unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
const away = (source: NamedSource['source']): NamedSource => ({ name: '10.0.0.9:8444', source })
const failing: NamedSource['source'] = {
  runs: () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
  events: () => Promise.reject(new Error('secret of a gateway')),
  stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('away')) }) }),
}

describe('a recording', () => {
  it('is an asciicast of the stream that is chosen, with its escape sequences as JSON', async () => {
    await gateways.write(0, [
      [0, intentOf(A, 's')],
      [1, openedOf(A, 's')],
      [2, { event: 'stream.data', auditID: 's', session: A, channel: 'resize', offsetMs: 1, data: '100x40' }],
      [3, dataOf(A, 's', 20, '\u001b[31mred\u009b0m')],
      [4, dataOf(A, 's', 1020, 'later')],
      [5, closedOf(A, 's', 2000)],
      [6, openedOf(A, 't')],
    ])
    const { api } = await gateways.serve()
    const { code, text, headers } = await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=s`)
    expect([code, headers.get('content-type')]).toEqual([200, 'application/x-asciicast'])
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect(cast(text)).toEqual([
      expect.objectContaining({ version: 2, width: 100, height: 40, command: 'sh', title: `oidc:a ${NAME}` }),
      [0.001, 'r', '100x40'],
      [0.02, 'o', '\u001b[31mred\u009b0m'],
      [1.02, 'o', 'later'],
    ])
    expect(cast((await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=s&after=0.5`)).text).slice(1)).toEqual([[1.02, 'o', 'later']])
    const { code: which, body } = await api.send(AUDITOR, `GET accesssessions/${NAME}/recording`)
    expect([which, body['message']]).toEqual([400, 'stream: the audit ID of a terminal is required; choose one of: s, t'])
    expect((await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=nothing`)).code).toBe(404)
  })
})

describe('a gateway that is away', () => {
  it('is named in a warning, in the list, in each session and in the events', async () => {
    await gateways.write(0, [[0, intentOf(A, '1')]])
    const { api } = await gateways.serve(undefined, [away(failing), { name: 'other', source: { failure: 'no address is known for it' } }])
    const { body, headers } = await api.send(AUDITOR, 'GET accesssessions')
    const missing = [
      { gateway: '10.0.0.9:8444', message: 'it cannot be reached (ECONNREFUSED)' },
      { gateway: 'other', message: 'no address is known for it' },
    ]
    expect((body as { missing: unknown }).missing).toEqual(missing)
    expect(itemsOf(body)[0]?.status?.complete).toBe(false)
    expect(headers.get('warning')).toContain(
      '299 - "the records of gateway 10.0.0.9:8444 are not in this answer: it cannot be reached (ECONNREFUSED)"',
    )
    expect((await api.send(AUDITOR, 'GET accesssessions', { accept: TABLE })).headers.get('warning')).toContain('10.0.0.9:8444')
    const events = await api.send(AUDITOR, `GET accesssessions/${NAME}/events`)
    expect(events.text).not.toContain('secret of a gateway')
    expect((events.body as { missing: unknown[] }).missing).toHaveLength(2)
  })

  it('makes a session that nobody else has unknown, and not absent', async () => {
    const { api } = await gateways.serve(undefined, [away(failing)])
    const { code, body, headers } = await api.send(AUDITOR, `GET accesssessions/${NAME}`)
    expect([code, body['reason'], headers.get('retry-after')]).toEqual([503, 'ServiceUnavailable', '5'])
    expect(body['message']).toContain('10.0.0.9:8444')
  })

  it('makes a recording unknown, which kubectl asks for again', async () => {
    await gateways.write(0, [[0, intentOf(A, '1')]])
    const { api } = await gateways.serve(undefined, [away({ ...failing, runs: () => Promise.resolve({ folder: 'f', runs: [], incomplete: false }) })])
    const { code, headers } = await api.send(AUDITOR, `GET accesssessions/${NAME}/recording?stream=s`)
    expect([code, headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('is asked for again where only the standby is there, which reads no records', async () => {
    const api = await serveApi(T)
    const { code, headers } = await api.send(AUDITOR, 'GET accesssessions')
    await api.close()
    expect([code, headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('says that no gateway is configured', async () => {
    const api = await gateways.serveWith(() => true, { ...gateways.sources(), sessions: createSessions(undefined) })
    expect((await api.send(AUDITOR, 'GET accesssessions')).headers.get('warning')).toContain('no gateways are configured')
  })
})
