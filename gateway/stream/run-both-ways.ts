import type { Duplex } from 'node:stream'
import { describeEnding, isEnding } from '../decide/endings.ts'
import type { Ending } from '../steps.ts'
import { RecordError } from '../../domain/record/recorder.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { CatchUp } from '../catch-up/catch-up.ts'
import { DelayLine } from '../catch-up/delay-line.ts'
import type { ByteBudget } from '../byte-room.ts'
import { SerialQueue, pump } from './serial-queue.ts'
import { pumpAhead, type AheadSource } from './read-ahead.ts'
import { RecordedEnd } from './recording/recorded-end.ts'
import type { Recording } from './recording/recording.ts'
import type { Ends, Later, Relaying } from './relay-port.ts'
import { ProtocolError } from './stream-error.ts'

type Side = { readonly socket: Duplex; readonly head: Buffer }
type UpstreamSide = Side & Pick<AheadSource, 'readInto'>
type Ended = { readonly reason: 'completed' | 'client' | 'upstream' | Ending | 'failed'; readonly error?: unknown }
export type RunEnd = Ended & {
  /** Bytes sent upstream. */ readonly bytesIn: number
  /** Bytes sent to the client. */ readonly bytesOut: number
}

/** After a pause this long, held-back bytes go on, unless they may be part of a value. Keeps terminals responsive. */
const PAUSE_MS = 10
/** How long to wait for a client that does not read to take the reason why its stream ends. */
const CLOSING_MESSAGE_MS = 300
/** How long to wait for the other side to take the last bytes. */
const LINGER_MS = 1_000

/** The message for an error of the gateway. Messages of other errors may contain anything and are not repeated. */
function messageFor(error: unknown): string {
  if (error instanceof ProtocolError) return `the stream cannot be relayed: ${error.message}`
  if (error instanceof RecordError) return 'the stream cannot be recorded, so it cannot go on: the gateway has ended it'
  return error instanceof StatusError ? `${error.message}: the gateway has ended this stream` : 'the stream cannot go on'
}

function withTimeout(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    work.then(done, done)
  })
}

/** Closes a socket. Pending writes are flushed for at most LINGER_MS. */
function closeSocket(socket: Duplex): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', resolve)
    socket.end(() => socket.destroy())
  })
  return withTimeout(LINGER_MS, closed).then(() => void socket.destroy())
}

/**
 * Relays both directions until a side ends, the permit ends, or data cannot be parsed or recorded. When the permit ends, the upstream
 * connection is closed at once and the client receives the reason. Never throws. Both sockets are closed when it resolves.
 */
export async function runBothWays(at: {
  readonly relaying: (later: Later, ends: Ends) => Relaying
  readonly recording: Recording
  readonly client: Side
  readonly upstream: UpstreamSide
  readonly ending: AbortSignal
  /** Delays output until the Secrets are known, and counts the bytes held back. */
  readonly hold: { readonly catchUp: CatchUp; readonly room: ByteBudget }
  /** Counts bytes that were read from upstream and not yet relayed. */
  readonly ahead: ByteBudget
  /** Whether the exit status of the command was received. */
  readonly finished: () => boolean
}): Promise<RunEnd> {
  const { client, upstream, ending } = at
  const down = new SerialQueue()
  let pause: NodeJS.Timeout | undefined
  let failed: ((error: unknown) => void) | undefined

  const line = new DelayLine({
    ...at.hold,
    run: (job) => down.run(job).finally(rest),
    onFailed: (error) => failed?.(error),
  })
  const toClient = new RecordedEnd(client.socket, at.recording, (error) => failed?.(error))
  const toUpstream = new RecordedEnd(upstream.socket, at.recording, (error) => failed?.(error))
  const relaying = at.relaying((...job) => line.add(...job), {
    toClient: (...pieces) => toClient.send(...pieces),
    toUpstream: (...pieces) => toUpstream.send(...pieces),
  })

  function rest(): void {
    if (pause === undefined) pause = setTimeout(() => void down.run(() => relaying.idle()).catch((error: unknown) => failed?.(error)), PAUSE_MS)
    else pause.refresh()
  }

  const fromUpstream = (bytes: Buffer): Promise<void> => relaying.fromUpstream(bytes).finally(rest)
  const fromClient = (bytes: Buffer): Promise<void> => relaying.fromClient(bytes).finally(rest)

  const end = await new Promise<Ended>((resolve) => {
    failed = (error) => resolve({ reason: 'failed', error })
    const stop = (): void => resolve({ reason: isEnding(ending.reason) ? ending.reason : 'expired' })
    if (ending.aborted) return stop()
    ending.addEventListener('abort', stop, { once: true })
    pumpAhead(upstream, at.ahead, fromUpstream)
      .then(() => line.drained())
      .then(() => down.run(() => relaying.finish()))
      .then(() => toClient.drained())
      .then(() => resolve({ reason: at.finished() ? 'completed' : 'upstream' }), failed)
    pump(client.socket, client.head, fromClient)
      .then(() => toUpstream.drained())
      .then(() => resolve({ reason: at.finished() ? 'completed' : 'client' }), failed)
  })
  clearTimeout(pause)
  line.close(new Error('the stream has ended'))

  const cut = isEnding(end.reason) || end.reason === 'failed'
  if (cut) upstream.socket.destroy()
  if (isEnding(end.reason)) {
    const said = `the gateway has ended this stream: ${describeEnding(end.reason)}`
    const closing = down.run(() => relaying.sendClosingMessage(said)).then(() => toClient.drained())
    await withTimeout(CLOSING_MESSAGE_MS, closing)
  } else if (end.reason === 'failed') {
    toClient.allowClosingMessage()
    const closing = relaying.sendClosingMessage(messageFor(end.error)).then(() => toClient.drained())
    await withTimeout(CLOSING_MESSAGE_MS, closing)
  }
  await Promise.all([closeSocket(client.socket), cut ? undefined : closeSocket(upstream.socket)])
  clearTimeout(pause)
  relaying.close()
  return { ...end, bytesIn: toUpstream.sent, bytesOut: toClient.sent }
}
