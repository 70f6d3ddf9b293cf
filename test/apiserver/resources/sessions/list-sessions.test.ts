import { describe, expect, it } from 'vitest'
import type { NamedSource } from '../../../../apiserver/sessions/gateways.ts'
import type { RecordedEvent } from '../../../../domain/record/replay.ts'
import { runOf, type Run } from '../../../../domain/record/sessions/run.ts'
import type { SessionSource } from '../../../../server/records/sessions/source.ts'
import { intentOf } from '../../../server/records/sessions/agent-records.ts'
import { user } from '../served-api.ts'
import { itemsOf, T, twoGateways } from './two-gateways.ts'

const gateways = twoGateways()
const SESSIONS = 12
const sessionOf = (index: number): string => String(index).padStart(32, '0')
/** Only the last session is under a policy that the caller certifies. */
const runs: readonly Run[] = Array.from({ length: SESSIONS }, (_, index) =>
  runOf(
    {
      time: new Date(T).toISOString(),
      ...intentOf(sessionOf(index), 'x', { policy: index === SESSIONS - 1 ? 'one' : 'two', namespace: 'a' }),
    } as RecordedEvent<'request.intent'>,
    'x',
  ),
)

const stream = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true as const, value: undefined }) }) })

/** A gateway that returns one session for each question. */
function gatewayOf(name: string, answer: SessionSource['runs']): NamedSource {
  const events = () => Promise.resolve({ folder: name, events: [], more: false, unreadable: 0 })
  return { name, source: { runs: answer, events, stream } }
}
const slow = gatewayOf('slow', ({ after = '' }) => {
  const [run] = runs.filter(({ session }) => session > after)
  const more = run === undefined || run.session === runs.at(-1)?.session ? {} : { more: run.session }
  return Promise.resolve({ folder: 'slow', runs: run === undefined ? [] : [run], incomplete: false, ...more })
})

const mayCertifyOne = (_: unknown, { verb, name }: { readonly verb: string; readonly name?: string }): boolean => verb === 'certify' && name === 'one'
const tokenOf = (body: object): string => (body as { readonly metadata: { readonly continue?: string } }).metadata.continue ?? ''

describe('a list of which a caller sees little', () => {
  it('goes on in the next page, by a token that names no session that is hidden', async () => {
    const { api } = await gateways.serve(mayCertifyOne, [slow])
    const { body: first } = await api.send(user('someone'), 'GET accesssessions')
    expect(itemsOf(first)).toEqual([])
    const token = tokenOf(first)
    for (const text of [token, ...token.split('.').map((part) => Buffer.from(part, 'base64url').toString())])
      for (const { session } of runs) expect(text).not.toContain(session)
    const { body: second } = await api.send(user('someone'), `GET accesssessions?continue=${token}`)
    expect(itemsOf(second).map(({ spec }) => spec.session)).toEqual([sessionOf(SESSIONS - 1)])
    expect(tokenOf(second)).toBe('')
  })

  it('names a gateway that was away for a part of it', async () => {
    let asked = 0
    const flaky = gatewayOf('flaky', () => {
      asked += 1
      return asked === 1 ? Promise.reject(new Error('it answered 503')) : Promise.resolve({ folder: 'flaky', runs: [], incomplete: false })
    })
    const { api } = await gateways.serve(mayCertifyOne, [slow, flaky])
    const { body } = await api.send(user('someone'), 'GET accesssessions')
    expect(body['missing']).toEqual([{ gateway: 'flaky', message: 'it answered 503' }])
    expect(asked).toBeGreaterThan(1)
  })
})
