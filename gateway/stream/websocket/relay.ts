import type { Ends, Relaying, RelayContext } from '../relay-port.ts'
import { closeData, frameOf, framePieces, MessageReader, type WebSocketMessage } from './frames.ts'

export type MessageEnds = { toClient(message: WebSocketMessage): Promise<void>; toUpstream(message: WebSocketMessage): Promise<void> }
/** Relays whole text and binary messages. */
export type MessageRelaying = {
  /** Joins messages that arrived together into fewer equivalent ones. Optional. Defaults to no joining. */
  join?(messages: readonly WebSocketMessage[]): readonly WebSocketMessage[]
  fromClient(message: WebSocketMessage): Promise<void>
  fromUpstream(message: WebSocketMessage): Promise<void>
  idle(): Promise<void>
  finish(): Promise<void>
  sendClosingMessage(message: string): Promise<void>
  close(): void
}

/**
 * Maximum bytes of one message. Kubernetes writes at most 32 KiB at a time; some libraries send their whole input in one message. Up to one
 * message is buffered for each direction of a stream.
 */
const MAX_MESSAGE_LENGTH = 4 * 1024 * 1024
/** With close code 1000, kubectl shows the message of the error channel. With any other code, it shows the close reason instead. */
const NORMAL = 1000

/** Relays WebSocket. Pings and closes pass; messages go through the relay that `make` creates. */
export function createWebSocketRelay(
  ends: Ends,
  { hide, later }: Pick<RelayContext, 'hide' | 'later'>,
  make: (ends: MessageEnds) => MessageRelaying,
): Relaying {
  const ofClient = new MessageReader({ fromClient: true, limit: MAX_MESSAGE_LENGTH })
  const ofUpstream = new MessageReader({ fromClient: false, limit: MAX_MESSAGE_LENGTH })
  let clientClosed = false
  const toClient = async (message: WebSocketMessage): Promise<void> => {
    if (!clientClosed) await ends.toClient(...framePieces(message))
  }
  const toUpstream = (message: WebSocketMessage): Promise<void> => ends.toUpstream(frameOf(message, true))
  const inner = make({ toClient, toUpstream })

  const join = (messages: readonly WebSocketMessage[]): readonly WebSocketMessage[] => inner.join?.(messages) ?? messages
  const closeClient = async (code: number, reason: string): Promise<void> => {
    await toClient({ kind: 'close', data: closeData(code, hide(reason)) })
    clientClosed = true
  }
  const closeAsUpstream = async (data: Buffer): Promise<void> => {
    await inner.finish()
    if (data.length < 2) await toClient({ kind: 'close', data })
    else await closeClient(data.readUInt16BE(0), data.toString('utf8', 2))
    clientClosed = true
  }
  return {
    fromClient: async (bytes) => {
      for (const message of join(ofClient.push(bytes))) {
        if (message.kind === 'text' || message.kind === 'binary') await inner.fromClient(message)
        else await toUpstream(message)
      }
    },
    fromUpstream: async (bytes) => {
      for (const message of join(ofUpstream.push(bytes))) {
        if (message.kind === 'text' || message.kind === 'binary') await inner.fromUpstream(message)
        else if (message.kind === 'close') await later(() => closeAsUpstream(message.data), message.data.length)
        else await later(() => toClient(message), 0, message.data.length)
      }
    },
    idle: () => inner.idle(),
    finish: () => inner.finish(),
    sendClosingMessage: async (message) => {
      await inner.sendClosingMessage(message)
      await closeClient(NORMAL, message)
    },
    close: () => inner.close(),
  }
}
