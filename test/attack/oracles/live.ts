import { until } from '../../until.ts'
import { tlsClient, type RawClient } from './raw-client.ts'
import { answerOf, HANDSHAKES, isCut, isWhole, type Answer, type Door } from './raw-exchange.ts'

/** A request whose response is read while the test goes on: a watch, a stream, or an operation that is held. */
export type Live = {
  /** The response as far as it has arrived. Its status is 0 while nothing has. */
  readonly answer: () => Answer
  readonly isWhole: () => boolean
  /** Resolves when everything that has arrived matches. */
  arrived(pattern: RegExp): Promise<void>
  send(bytes: string | Buffer): void
  /** Resolves when the server has closed the connection. */
  readonly ended: Promise<Answer>
  /** Closes the connection, as a client that gives up does. */
  leave(): void
}

export async function openLive(door: Door, bytes: string | Buffer): Promise<Live> {
  const client = await connected(door)
  client.send(bytes)
  const raw = (): Buffer => Buffer.from(client.text(), 'latin1')
  const answer = (): Answer => answerOf(raw())
  return {
    answer,
    isWhole: () => isWhole(raw()),
    arrived: async (pattern) => void (await until(`${String(pattern)} arrives`, () => pattern.test(client.text()))),
    send: client.send,
    ended: client.ended.then(answer),
    leave: client.leave,
  }
}

async function connected(door: Door): Promise<RawClient> {
  for (let tries = 1; ; tries++) {
    try {
      return await tlsClient(door)
    } catch (error) {
      if (!isCut(error) || tries === HANDSHAKES) throw error
    }
  }
}
