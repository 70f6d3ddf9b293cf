import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Door } from './raw-exchange.ts'

/** A client without a library: it holds a connection open, reads when it wants, and sends what it wants. */
export type RawClient = {
  readonly socket: Socket
  /** What arrived, as far as it was read. */
  readonly text: () => string
  /** Resolves when the server has closed the connection, with the milliseconds that it was open. */
  readonly ended: Promise<number>
  send(bytes: string | Buffer): void
  leave(): void
}

function clientOf(socket: Socket): RawClient {
  const started = performance.now()
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  return {
    socket,
    text: () => text,
    ended: new Promise((resolve) => {
      const done = (): void => resolve(performance.now() - started)
      socket.once('end', done).once('close', done)
    }),
    send: (bytes) => void socket.write(bytes),
    leave: () => void socket.destroy(),
  }
}

/** A connection without TLS. */
export function rawClient({ host, port }: Door): RawClient {
  return clientOf(connectTcp({ host, port, allowHalfOpen: true }))
}

/** Resolves after the TLS handshake; rejects if the server refuses it. `halfOpen`: stays open when the server has closed its side. */
export async function tlsClient(
  door: Door,
  options: { readonly halfOpen?: boolean; readonly protocols?: readonly string[] } = {},
): Promise<RawClient> {
  const { host, port, ca } = door
  const tcp = connectTcp({ host, port, allowHalfOpen: options.halfOpen === true })
  const socket = connectTls({ socket: tcp, ca, servername: 'localhost', ALPNProtocols: [...(options.protocols ?? ['http/1.1'])] })
  const client = clientOf(socket)
  await once(socket, 'secureConnect')
  return client
}

/** Waits until a condition holds. The default limit only ends what would never end. @throws Error if it does not hold in time */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
