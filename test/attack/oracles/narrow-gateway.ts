import type { ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { StatusError } from '../../../domain/status-error.ts'
import { CALLER, createFixture, type Fixture } from '../../gateway/gateway-fixture.ts'
import { tlsClient, until, type RawClient } from './raw-client.ts'
import type { Door } from './raw-exchange.ts'

/** Limits that a test can reach. A test narrows the time that it waits for, and only that, so that a busy machine reaches no other. */
export const LIMITS = {
  inFlight: 8,
  inFlightPerIdentity: 4,
  endless: 8,
  endlessPerIdentity: 4,
  connections: 40,
  connectionsPerAddress: 30,
  handshakeSeconds: 60,
  headSeconds: 60,
  requestSeconds: 60,
  slowReaderSeconds: 60,
  slowReaders: 3,
  idleSeconds: 60,
}

/** A gateway in this process with narrow limits, in front of an upstream that the test controls. */
export type NarrowGateway = {
  readonly fixture: Fixture
  readonly door: Door
  /** A client that is closed when the next test begins. */
  open(options?: Parameters<typeof tlsClient>[1]): Promise<RawClient>
  keep(client: RawClient): RawClient
  /** Sets the reply of upstream; `served` gets its own reply whatever this is. */
  answering(reply: Fixture['state']['reply']): void
  /** Expects that the gateway serves another client meanwhile. */
  served(token?: string): Promise<void>
  /** How often a limit was reached. */
  reached(bound: string): Promise<number>
  /** Begins a test: closes all clients. */
  begin(): Promise<void>
}

const caller = (name: string) => ({ ...CALLER, identity: { ...CALLER.identity, username: `oidc:${name}` }, session: name })

/** Tokens are names: `good` is the agent, `bad` is invalid. */
const authenticator = (token: string): Promise<typeof CALLER> =>
  token === 'bad' ? Promise.reject(new StatusError('Unauthorized', 'no')) : Promise.resolve(caller(token === 'good' ? 'agent' : token))

export const head = (line: string, token = 'good', ...more: readonly string[]): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n')

export const statusOf = (text: string): unknown => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
export const codesOf = (text: string): readonly string[] => [...text.matchAll(/HTTP\/1[.]1 (\d+)/g)].map(([, code = '']) => code)

export async function openNarrowGateway(narrow: Partial<typeof LIMITS> = {}): Promise<NarrowGateway> {
  const fixture = await createFixture(() => ({ authenticator }), { ...LIMITS, ...narrow })
  const door = { host: '127.0.0.1', port: fixture.port, ca: fixture.ca }
  const clients: RawClient[] = []
  const keep = (client: RawClient): RawClient => {
    clients.push(client)
    return client
  }
  const answering: NarrowGateway['answering'] = (reply) => {
    fixture.state.reply = (request, response, seen) =>
      request.url === '/api' ? void response.setHeader('content-type', 'application/json').end('{}') : reply(request, response, seen)
  }
  return {
    fixture,
    door,
    keep,
    answering,
    open: async (options) => keep(await tlsClient(door, options)),
    served: async (token) => {
      const answer = await fixture.raw(head('GET /api', token, 'Connection: close'))
      expect(answer.status).toBe(200)
    },
    reached: async (bound) => {
      const { values } = (await fixture.registry.getSingleMetric('jit_gateway_bounds_reached_total')?.get()) ?? { values: [] }
      return values.find(({ labels }) => labels['bound'] === bound)?.value ?? 0
    },
    begin: async () => {
      for (const client of clients.splice(0)) client.leave()
      answering((_, response) => void response.setHeader('content-type', 'application/json').end('{}'))
      await until('nothing in flight', () => fixture.deps.limits.inFlight === 0)
    },
  }
}

/** Writes as long as the peer reads; reports how much it took. */
export function pour(response: ServerResponse, chunk: Buffer, bytes = Infinity): { taken: number; over: boolean } {
  const poured = { taken: 0, over: false }
  const more = (): void => {
    while (!response.destroyed && poured.taken < bytes) {
      poured.taken += chunk.length
      if (!response.write(chunk)) return void response.once('drain', more)
    }
    response.end()
  }
  response.once('close', () => (poured.over = true))
  more()
  return poured
}
