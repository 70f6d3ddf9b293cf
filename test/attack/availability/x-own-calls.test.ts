import { connect } from 'node:tls'
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

const ask = (token: string, line: string, type: string) =>
  fixture.raw(
    `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: 2\r\n\r\n{}`,
  )
const callsFor = (name: string): number => fixture.seen.filter(({ line }) => line.includes(`/${name}`)).length
const answerAll = (): void => answers.splice(0).forEach((answer) => answer())

/** Many requests of one agent, and then one of another. Resolves when as many calls as `sent` were made for the other one. */
async function ofBoth(request: (token: string, name: string) => ReturnType<typeof ask>, sent: number) {
  fixture.seen.length = 0
  const evil = Array.from({ length: AT_ONCE }, () => request('evil', 'large'))
  await until('all are being served', () => fixture.deps.limits.inFlight === AT_ONCE)
  const good = request('good', 'web')
  await until('the calls for the other are made', () => callsFor('web') === sent)
  return [...evil, good]
}

/** The codes of all requests. */
async function codesOf(requests: Awaited<ReturnType<typeof ofBoth>>): Promise<ReadonlySet<number | undefined>> {
  let done = 0
  for (const each of requests) void each.then(() => done++)
  await until('each is answered', () => (answerAll(), done === requests.length))
  return new Set((await Promise.all(requests)).map(({ status }) => status))
}

it('X444 writes of one agent that no grant covers cause few calls at once, and those of others do not wait behind them', async () => {
  const requests = await ofBoth((token, name) => ask(token, `PATCH ${DEPLOYMENTS}/${name}`, 'application/merge-patch+json'), 2)
  expect(callsFor('large')).toBeLessThanOrEqual(4)
  expect(await codesOf(requests)).toEqual(new Set([403]))
})

it('X520 an agent that leaves while a dry run of its write goes on does not cause others at once', async () => {
  fixture.seen.length = 0
  const head = `PATCH ${DEPLOYMENTS}/large HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer evil\r\nContent-Type: application/merge-patch+json\r\nContent-Length: 2\r\n\r\n{}`
  const dryRuns = (): number => fixture.seen.filter(({ line }) => line.startsWith('PATCH')).length
  const { port, ca } = fixture
  for (let sent = 0; sent < 12; sent += 1) {
    const before = dryRuns()
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' }, () => void socket.write(head)).on('error', () => {})
    await until('its dry run begins, or waits', () => dryRuns() > before || (before >= 4 && fixture.deps.limits.inFlight === 1))
    socket.destroy()
    await until('it is served no more', () => fixture.deps.limits.inFlight === 0)
  }
  expect(dryRuns()).toBeLessThanOrEqual(4)
  const good = ask('good', `PATCH ${DEPLOYMENTS}/web`, 'application/merge-patch+json')
  await until('the calls for another agent are made', () => callsFor('web') === 2)
  answerAll()
  expect((await good).status).toBe(403)
  const later = ask('evil', `PATCH ${DEPLOYMENTS}/later`, 'application/merge-patch+json')
  await until('the turns are free again', () => callsFor('later') === 2)
  answerAll()
  expect((await later).status).toBe(403)
})

it('X447 writes of one agent that are allowed are forwarded a few at a time, so that the webhook has time for those of others', async () => {
  fixture.policies.splice(0, Infinity, policy('agents', { rules: [{ name: 'all', match: { resources: ['configmaps'] }, effect: 'Allow' }] }))
  const requests = await ofBoth((token, name) => ask(token, `PUT /api/v1/namespaces/shop/configmaps/${name}`, 'application/json'), 1)
  expect(callsFor('large')).toBeLessThanOrEqual(16)
  expect(await codesOf(requests)).toEqual(new Set([200]))
  expect(callsFor('large')).toBe(AT_ONCE)
})
