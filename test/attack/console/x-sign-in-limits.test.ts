import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../console/http/app.ts'
import type { Context } from '../../../console/http/context.ts'
import { consoleMetrics } from '../../../console/metrics.ts'
import { StatusError } from '../../../domain/status-error.ts'
import { createLog } from '../../../server/log.ts'
import { until } from '../../until.ts'

/** What a client without a session can do to the sign-in of others. The provider answers a code of the thief when the test says so. */
let server: Server
let hanging: (() => void)[]

const complete: Context['signIn']['complete'] = async ({ search }) => {
  if (search.includes('code=unknown')) await new Promise<void>((resolve) => hanging.push(resolve))
  throw new StatusError('BadRequest', 'the provider was asked')
}
const begin = () => Promise.resolve({ location: 'https://provider.test/', sealed: 'sealed' })

async function serve(trustedProxies: readonly string[]): Promise<void> {
  const clock = { nowMs: () => 0 }
  const log = createLog({ part: 'console', clock, write: () => undefined })
  const app = createApp({ signIn: { begin, complete }, clock, log, metrics: consoleMetrics(new Registry()), trustedProxies } as unknown as Context)
  server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
beforeEach(() => void (hanging = []))
afterEach(async () => {
  for (const answer of hanging.splice(0)) answer()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

type From = { readonly localAddress?: string; readonly forwardedFor?: string }
/** Far longer than an answer takes, and shorter than a test: who waits behind the thief is an error here. */
const ANSWER_MS = 15_000
/** Opens a path and resolves with the status of the answer. */
async function open(path: string, { localAddress = '127.0.0.1', forwardedFor }: From = {}): Promise<number> {
  const { port } = server.address() as AddressInfo
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  const signal = AbortSignal.timeout(ANSWER_MS)
  const sent = request({ host: '127.0.0.1', port, path, localAddress, headers, agent: false, signal })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [{ readonly statusCode: number; resume(): void }]
  answer.resume()
  return answer.statusCode
}
const KNOWN = '/sign-in/callback?code=known'
const at = (network: string): From => ({ localAddress: '127.0.0.2', forwardedFor: `2001:db8:${network}::1` })
/** The thief sends codes that no provider gave, and sends the next one as soon as it may. */
function flood(count: number, from: (index: number) => From): void {
  for (let index = 0; index < count; index += 1) void open('/sign-in/callback?code=unknown', from(index)).catch(() => undefined)
}

describe('X. places to sign in', () => {
  it('X234 one client that sends unknown codes keeps nobody else from signing in', async () => {
    await serve([])
    flood(100, () => ({ localAddress: '127.0.0.2' }))
    await until('the provider hangs', () => hanging.length >= 7)
    expect(await open('/sign-in')).toBe(303)
    expect(await open(KNOWN)).toBe(400)
    // The thief has its own bound, and is told.
    expect(await open(KNOWN, { localAddress: '127.0.0.2' })).toBe(429)
    // Those that wait behind its own have not reached the provider.
    expect(hanging).toHaveLength(7)
  })
  it('X235 behind a proxy that is trusted, clients are told apart', async () => {
    await serve(['127.0.0.2'])
    flood(100, () => ({ localAddress: '127.0.0.2', forwardedFor: '192.0.2.1' }))
    await until('the provider hangs', () => hanging.length >= 7)
    expect(await open(KNOWN, { localAddress: '127.0.0.2', forwardedFor: '192.0.2.2' })).toBe(400)
  })
  it('nor is a client with many networks of IPv6 more than one', async () => {
    await serve(['127.0.0.2'])
    flood(100, (index) => at(`1:${index.toString(16)}`))
    await until('the provider hangs', () => hanging.length >= 7)
    expect(await open(KNOWN, at('1:ffff'))).toBe(429)
    expect(await open(KNOWN, at('2:0'))).toBe(400)
  })
  it('X236 an address that a client made up counts for nothing', async () => {
    await serve([])
    flood(100, (index) => ({ localAddress: '127.0.0.2', forwardedFor: `192.0.2.${index}` }))
    await until('the provider hangs', () => hanging.length >= 7)
    expect(await open(KNOWN, { localAddress: '127.0.0.2', forwardedFor: '192.0.2.200' })).toBe(429)
    expect(await open(KNOWN)).toBe(400)
  })
})
