import { afterAll, beforeAll, expect, it } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { policy } from '../../domain/builders.ts'
import { CALLER, createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { until } from '../../until.ts'

/** X. Calls of the gateway's own, whose answers it reads whole: an agent decides how many there are, and how large. */
const EVIL = { ...CALLER, identity: { ...CALLER.identity, username: 'oidc:evil' }, session: 'session-2' }
const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments'
const AT_ONCE = 60

let fixture: Fixture
/** Answers that upstream holds back. */
const answers: (() => void)[] = []
beforeAll(async () => {
  fixture = await createFixture(() => ({
    authenticator: (token) =>
      token === 'evil' ? Promise.resolve(EVIL) : token === 'good' ? Promise.resolve(CALLER) : Promise.reject(new StatusError('Unauthorized', 'no')),
  }))
  fixture.state.reply = (_, response) => void answers.push(() => response.setHeader('content-type', 'application/json').end('{"kind":"Deployment"}'))
})
afterAll(() => fixture.stop())

const patch = (token: string, name: string) =>
  fixture.raw(
    `PATCH ${DEPLOYMENTS}/${name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nContent-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}`,
  )
const callsFor = (name: string): number => fixture.seen.filter(({ line }) => line.includes(`/${name}`)).length
const answerAll = (): void => answers.splice(0).forEach((answer) => answer())

it('X444 writes of one agent that no grant covers cause few calls at once, and those of others do not wait behind them', async () => {
  const evil = Array.from({ length: AT_ONCE }, () => patch('evil', 'large'))
  await until('all are being served', () => fixture.deps.limits.inFlight === AT_ONCE)
  const good = patch('good', 'web')
  await until('the calls of the other are sent', () => callsFor('web') === 2)
  expect(callsFor('large')).toBeLessThanOrEqual(4)
  let done = 0
  for (const each of [...evil, good]) void each.then(() => done++)
  await until('each is answered', () => (answerAll(), done === AT_ONCE + 1))
  expect(new Set((await Promise.all([...evil, good])).map(({ status }) => status))).toEqual(new Set([403]))
})

it('X447 writes of one agent that are allowed are forwarded a few at a time, so that the webhook has time for those of others', async () => {
  fixture.policies.splice(0, Infinity, policy('agents', { rules: [{ name: 'all', match: { resources: ['configmaps'] }, effect: 'Allow' }] }))
  fixture.seen.length = 0
  const put = (token: string, name: string) =>
    fixture.raw(
      `PUT /api/v1/namespaces/shop/configmaps/${name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    )
  const evil = Array.from({ length: AT_ONCE }, () => put('evil', 'large'))
  await until('all are being served', () => fixture.deps.limits.inFlight === AT_ONCE)
  const good = put('good', 'web')
  await until('the write of the other is forwarded', () => callsFor('web') === 1)
  expect(callsFor('large')).toBeLessThanOrEqual(16)
  let done = 0
  for (const each of [...evil, good]) void each.then(() => done++)
  await until('each is answered', () => (answerAll(), done === AT_ONCE + 1))
  expect(callsFor('large')).toBe(AT_ONCE)
  expect(new Set((await Promise.all([...evil, good])).map(({ status }) => status))).toEqual(new Set([200]))
})
