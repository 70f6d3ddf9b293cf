import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { PolicyRule } from '../../../domain/api/access-policy.ts'
import { classify } from '../../../domain/classify/classify.ts'
import { readRequest } from '../../../domain/classify/read-request.ts'
import { enterWrite } from '../../../gateway/forward/enter-write.ts'
import type { Permitted } from '../../../gateway/steps.ts'
import { policy } from '../../domain/builders.ts'
import { until } from '../../until.ts'
import { createFixture, type Fixture } from '../gateway-fixture.ts'

/** As many writes of one agent are forwarded at once. */
const PLACES = 16
const PATH = '/api/v1/namespaces/shop/configmaps'

let fixture: Fixture
/** Answers that upstream holds back. */
let answers: (() => void)[]
beforeEach(async () => {
  fixture = await createFixture()
  govern('Allow')
  answers = []
  fixture.state.reply = (_, response) => void answers.push(() => response.setHeader('content-type', 'application/json').end('{}'))
})
afterEach(() => fixture.stop())

const govern = (effect: PolicyRule['effect']): void =>
  void fixture.policies.splice(0, Infinity, policy('agents', { rules: [{ name: 'all', match: { resources: ['configmaps'] }, effect }] }))
const answerAll = (): void => answers.splice(0).forEach((answer) => answer())
const head = (name: string): string =>
  `PUT ${PATH}/${name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
const write = (name: string) => fixture.raw(head(name))
const sent = (name: string): boolean => fixture.seen.some(({ line }) => line === `PUT ${PATH}/${name}`)

/** Fills all places. */
async function fill(): Promise<readonly ReturnType<typeof write>[]> {
  const first = Array.from({ length: PLACES }, (_, at) => write(`first-${at}`))
  await until('the first are forwarded', () => fixture.seen.length === PLACES)
  return first
}
const waits = (count: number): Promise<unknown> => until('the others wait', () => fixture.deps.limits.inFlight === PLACES + count)

it('a write that waited is decided again: what a policy denies meanwhile is not forwarded', async () => {
  const first = await fill()
  const late = write('late')
  await waits(1)
  govern('Deny')
  answerAll()
  expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([200]))
  expect(await late).toMatchObject({ status: 403, body: expect.stringContaining('before anything was done') as string })
  expect(sent('late')).toBe(false)
})

it('writes whose clients left while they waited are not forwarded, and their places are free', async () => {
  const first = await fill()
  const sockets = Array.from({ length: PLACES }, () => {
    const to = { host: '127.0.0.1', port: fixture.port, ca: fixture.ca, servername: 'localhost' }
    const socket = connect(to, () => void socket.write(head('late')))
    return socket.on('error', () => {})
  })
  await waits(PLACES)
  for (const socket of sockets) socket.destroy()
  const next = write('next')
  await waits(PLACES + 1)
  answerAll()
  await Promise.all(first)
  await until('the next is forwarded', () => sent('next'))
  answerAll()
  expect((await next).status).toBe(200)
  expect(sent('late')).toBe(false)
})

it.each([
  'POST /api/v1/namespaces/shop/services/web:80/proxy/x',
  'POST /api/v1/namespaces/shop/pods/web/exec?command=sh',
  'GET /api/v1/namespaces/shop/configmaps?watch=true',
])('%s takes no place: it may go on for hours, or it does not write', async (line) => {
  const [method = '', target = ''] = line.split(' ')
  const { pathname, searchParams: query } = new URL(target, 'http://gateway')
  const upgrade = line.includes('exec') ? 'websocket' : undefined
  const permitted = { method, query, upgrade, classified: classify(readRequest(method, pathname, query)) } as Permitted
  const limits = { enterWrite: () => Promise.reject(new Error('a place was asked for')) }
  await expect(enterWrite(permitted, { ...fixture.deps, limits })).resolves.toBeTypeOf('function')
})
