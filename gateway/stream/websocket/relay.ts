import type { Ends, Relaying, Watching } from '../relay-port.ts'
import { closeData, frameOf, MessageReader, type Message } from './frames.ts'

export type MessageEnds = { toClient(message: Message): Promise<void>; toUpstream(message: Message): Promise<void> }
/** A relay of whole messages, text and binary alone. */
export type MessageRelaying = {
  /** Messages that came together, as fewer that mean the same. Left out: they stay as they came. */
  join?(messages: readonly Message[]): readonly Message[]
  fromClient(message: Message): Promise<void>
  fromUpstream(message: Message): Promise<void>
  idle(): Promise<void>
  finish(): Promise<void>
  goodbye(message: string): Promise<void>
  close(): void
}

/**
 * Most bytes of one message. Kubernetes' ends write 32 KiB at a time; libraries that send their whole input in one message
 * can do so up to here. Held once a direction and stream.
 */
const MAX_MESSAGE_LENGTH = 4 * 1024 * 1024
/** 1000: kubectl shows what the error channel said; any other code it shows instead of it. */
const NORMAL = 1000

/** WebSocket on both sides: pings and closes pass, messages go through `make`'s relay. */
export function createWebSocketRelay(
  ends: Ends,
  { hide, later }: Pick<Watching, 'hide' | 'later'>,
  make: (ends: MessageEnds) => MessageRelaying,
): Relaying {
  const ofClient = new MessageReader({ fromClient: true, limit: MAX_MESSAGE_LENGTH })
  const ofUpstream = new MessageReader({ fromClient: false, limit: MAX_MESSAGE_LENGTH })
  let clientClosed = false
  const toClient = async (message: Message): Promise<void> => {
    if (!clientClosed) await ends.toClient(frameOf(message, false))
  }
  const toUpstream = (message: Message): Promise<void> => ends.toUpstream(frameOf(message, true))
  const inner = make({ toClient, toUpstream })

  const join = (messages: readonly Message[]): readonly Message[] => inner.join?.(messages) ?? messages
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
        else await later(() => toClient(message), 0)
      }
    },
    idle: () => inner.idle(),
    finish: () => inner.finish(),
    goodbye: async (message) => {
      await inner.goodbye(message)
      await closeClient(NORMAL, message)
    },
    close: () => inner.close(),
  }
}
