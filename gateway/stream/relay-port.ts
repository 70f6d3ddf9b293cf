import type { MaskedChannel } from './recording/masked-channel.ts'
import type { Transcript } from './recording/transcript.ts'

/** Where a relay writes to. Each waits until more may be sent. */
export type Ends = { toClient(bytes: Buffer): Promise<void>; toUpstream(bytes: Buffer): Promise<void> }

/**
 * Does what is to go to the client in the order of the calls: what shows `shown` bytes when the Secrets of this moment are known, the
 * rest as soon as it is its turn. Resolves when more may be read.
 */
export type Later = (job: () => Promise<void>, shown: number) => Promise<void>

/** Reads what comes from either side, and writes to the other what may pass. Calls of one direction come one at a time. */
export type Relaying = {
  fromClient(bytes: Buffer): Promise<void>
  /** Takes bytes in and passes them on by `Later`. */
  fromUpstream(bytes: Buffer): Promise<void>
  /** Nothing came for a moment. */
  idle(): Promise<void>
  /** Nothing comes from upstream any more: what is held back goes to the client. */
  finish(): Promise<void>
  /** Tells the client why we end it, as far as the protocol can. */
  goodbye(message: string): Promise<void>
  close(): void
}

export type Named = 'stdin' | 'stdout' | 'stderr' | 'error'

/** What a relay needs beside its ends. */
export type Watching = {
  readonly stream: 'exec' | 'attach' | 'portforward'
  /** Ports that the request names, which approvers saw. Undefined: it names none, and any may be forwarded. */
  readonly ports: ReadonlySet<number> | undefined
  readonly transcript: Transcript
  /** Whether the error channel carries a Status. */
  readonly status: boolean
  channel(name: Named): MaskedChannel
  readonly later: Later
  /** Hides known values in a short text. */
  hide(text: string): string
  /** Hears what the error channel said. */
  ended(error: Buffer): void
}

/** The Status that clients print when we end their stream: k8s.io/client-go/tools/remotecommand decodes it. */
export function goodbyeOf(message: string, status: boolean): Buffer {
  return Buffer.from(status ? JSON.stringify({ metadata: {}, status: 'Failure', message, reason: 'Forbidden', code: 403 }) : message)
}
