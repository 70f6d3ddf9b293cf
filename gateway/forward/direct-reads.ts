import { connect as tcpConnect } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls'

/** A connection for an upgrade. It reads into one piece of memory that is used again, since a buffer for each read costs more than reading it. */
export type UpgradeSocket = {
  /** For the request and its response. Unusable after `readInto`. */
  readonly handshake: Duplex
  /** Emits no data: call `readInto`. Everything else is as usual. */
  readonly socket: Duplex
  /** From now on passes what is read to a function. The bytes are valid only during the call. */
  readInto(take: (bytes: Buffer) => void): void
}

/** TLS passes on at most this much at once. */
const READ_BYTES = 16 * 1024

/** Connects over TLS if `tls` is given. */
export function connectForUpgrade(
  at: { readonly host: string; readonly port: number; readonly timeout: number },
  tls?: ConnectionOptions,
): UpgradeSocket {
  let take: ((bytes: Buffer) => void) | undefined
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (count: number, memory: Uint8Array): boolean => {
      const bytes = Buffer.from(memory.buffer, memory.byteOffset, count)
      // False stops reading until somebody reads the handshake: an upstream that sends early fills no memory.
      if (take === undefined) return handshake.push(Buffer.from(bytes))
      take(bytes)
      return true
    },
  }
  const socket: Duplex =
    tls === undefined ? tcpConnect({ ...at, noDelay: true, onread }) : tlsConnect({ ...at, ...tls, noDelay: true, onread } as ConnectionOptions)
  const handshake = new Duplex({
    read: () => {
      if (take === undefined) socket.resume()
    },
    write: (bytes: Buffer, _, done) => void socket.write(bytes, done),
    final: (done) => done(),
    destroy: (error, done) => {
      if (take === undefined) socket.destroy()
      done(error)
    },
  })
  socket.once('end', () => handshake.push(null))
  socket.once('close', () => handshake.destroy())
  return {
    handshake,
    socket,
    readInto: (next) => {
      take = next
      for (let rest = handshake.read() as Buffer | null; rest !== null; rest = handshake.read() as Buffer | null) next(rest)
    },
  }
}
