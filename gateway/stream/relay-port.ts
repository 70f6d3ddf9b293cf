import type { MaskedChannel } from './recording/masked-channel.ts'
import type { Transcript } from './recording/transcript.ts'

/**
 * The two sides that a relay writes to. The pieces of a call are consecutive bytes, which are not copied together. Each call resolves when more may be
 * sent.
 */
export type Ends = { toClient(...pieces: readonly Buffer[]): Promise<void>; toUpstream(...pieces: readonly Buffer[]): Promise<void> }

/**
 * Queues work that writes to the client, in the order of the calls. A job that shows bytes to the client (`shown` > 0) waits until every
 * Secret that exists now is known. Other jobs wait only for their turn. Resolves when more may be read.
 * `held` is the number of bytes that the job keeps in memory. Optional. Defaults to `shown`.
 */
export type Later = (job: () => Promise<void>, shown: number, held?: number) => Promise<void>

/** Parses data from each side and writes to the other side what may pass. Callers make one call at a time for each direction. */
export type Relaying = {
  /** Parses bytes and sends what may pass. Owns the memory of the bytes from then on. */
  fromClient(bytes: Buffer): Promise<void>
  /** Parses bytes and queues their output with `Later`. Owns the memory of the bytes from then on. */
  fromUpstream(bytes: Buffer): Promise<void>
  /** Called after a pause in the stream. */
  idle(): Promise<void>
  /** Called when upstream has ended. Sends what is held back to the client. */
  finish(): Promise<void>
  /** Sends the client the reason why the gateway ends the stream, as far as the protocol allows. */
  sendClosingMessage(message: string): Promise<void>
  close(): void
}

export type ChannelName = 'stdin' | 'stdout' | 'stderr' | 'error'

/** The dependencies of a relay, apart from its ends. */
export type RelayContext = {
  readonly stream: 'exec' | 'attach' | 'portforward'
  /** The ports that the request names, which approvers saw. Undefined if it names none: then any port may be forwarded. */
  readonly ports: ReadonlySet<number> | undefined
  readonly transcript: Transcript
  /** Whether the error channel carries a Status. */
  readonly status: boolean
  channel(name: ChannelName): MaskedChannel
  readonly later: Later
  /** Hides known values in a short text. */
  hide(text: string): string
  /** Called with the data of the error channel. */
  ended(error: Buffer): void
}

/** The Status that clients print when the gateway ends their stream. k8s.io/client-go/tools/remotecommand decodes it. */
export function closingMessage(message: string, status: boolean): Buffer {
  return Buffer.from(status ? JSON.stringify({ metadata: {}, status: 'Failure', message, reason: 'Forbidden', code: 403 }) : message)
}
