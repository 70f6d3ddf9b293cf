import { EventEmitter } from 'node:events'
import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { loginMetrics } from '../../../login/metrics.ts'
import { protocolError } from '../../../login/provider/protocol-errors.ts'
import { createLoginRecords, NotRecorded } from '../../../login/records/login-records.ts'
import { watchProvider } from '../../../login/records/watch-provider.ts'
import { createLog } from '../../../server/log.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { recorderTo } from '../../fakes/recorder.ts'
import { asRequest } from '../provider/scope.ts'

it.each([
  ['Refused', new errors.InvalidGrant('it is used already')],
  ['Error', protocolError(new NotRecorded('TooManyRequests', 'too quickly'))],
  ['Error', protocolError(new NotRecorded('ServiceUnavailable', 'not recorded'))],
  ['Error', protocolError(new StatusError('TooManyRequests', 'the store is full'))],
  ['Error', protocolError(new StatusError('ServiceUnavailable', 'the store is away'))],
] as const)('counts an answer of the token endpoint as %s: %s', async (result, error) => {
  const registry = new Registry()
  const provider = new EventEmitter()
  const log = createLog({ part: 'login', clock: { nowMs: () => 0 }, write: () => undefined })
  const metrics = loginMetrics(registry)
  const records = createLoginRecords({ recorder: recorderTo(() => undefined), metrics, log })
  watchProvider(provider as unknown as Provider, { clientOf: () => undefined, records, metrics, log })
  await asRequest(() => Promise.resolve(provider.emit('grant.error', { oidc: { params: { grant_type: 'refresh_token' } } }, error)))
  const { values = [] } = (await registry.getSingleMetric('jit_login_tokens_total')?.get()) ?? {}
  expect(values).toMatchObject([{ labels: { grant: 'RefreshToken', result }, value: 1 }])
})
