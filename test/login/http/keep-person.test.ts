import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import type { RecordEvent } from '../../../domain/record/events.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createKeepPerson } from '../../../login/http/keep-person.ts'
import { loginMetrics } from '../../../login/metrics.ts'
import { createLoginRecords } from '../../../login/records/login-records.ts'
import type { People } from '../../../login/state/people.ts'
import { UpstreamError, type SignInFailure } from '../../../login/upstream-provider.ts'
import { createLog } from '../../../server/log.ts'
import { recorderTo } from '../../fakes/recorder.ts'

const failed = (reason: SignInFailure['reason']): UpstreamError => new UpstreamError({ reason, message: 'for the person' })

it.each([
  ['a name that nobody may have', failed('Refused'), 403, 'Refused'],
  ['a person whom other replicas write, too', failed('Unavailable'), 503, 'Error'],
  ['a store that is away', new StatusError('ServiceUnavailable', 'away'), 503, 'Error'],
  ['a store that is full', new StatusError('TooManyRequests', 'full'), 429, 'Error'],
] as const)('does not sign in with %s, and counts it by what it is', async (_, error, code, result) => {
  const [registry, taken]: [Registry, RecordEvent[]] = [new Registry(), []]
  const log = createLog({ part: 'login', clock: { nowMs: () => 0 }, write: () => undefined })
  const metrics = loginMetrics(registry)
  const records = createLoginRecords({ recorder: recorderTo((event) => void taken.push(event)), metrics, log })
  const people = { signIn: () => Promise.reject(error) } as Partial<People> as People
  const keepPerson = createKeepPerson({ people, records, log, metrics })
  const visit = { interaction: { params: {}, iat: 0 }, client: { id: 'console', grants: ['AuthorizationCode'] }, address: undefined } as const
  await expect(keepPerson({ name: 'alice', groups: [], upstream: 'corp', authenticatedAt: 0 }, visit)).rejects.toMatchObject({ code })
  const { values = [] } = (await registry.getSingleMetric('jit_login_sign_ins_total')?.get()) ?? {}
  expect(values).toMatchObject([{ labels: { upstream: 'corp', result }, value: 1 }])
  expect(taken.map(({ event }) => event)).toEqual(result === 'Refused' ? ['login.sign-in-refused'] : [])
})
