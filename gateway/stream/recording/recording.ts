import type { EventOf } from '../../../domain/record/events.ts'

export type Channel = EventOf<'stream.data'>['channel']

/**
 * Where the data of one stream is written down. Bytes are added at once and written later, in their order; positions count the bytes
 * of all channels. What shows a byte waits until the recording is written up to it (recorded-end.ts). A recording that goes into a file
 * of its own instead of into events is another implementation of this.
 */
export type Recording = {
  /** Takes masked bytes. After a failure it takes nothing more, and `whenWritten` throws. */
  add(channel: Channel, bytes: Buffer): void
  /** Bytes that were added. */
  readonly added: number
  /** Bytes that outlive this process; but for a character that is not complete, at most 3 bytes a channel. */
  readonly written: number
  /** @throws RecordError when they cannot be written; the stream must then end */
  whenWritten(position: number): Promise<void>
  /** Writes the rest. @throws RecordError */
  end(): Promise<void>
}
