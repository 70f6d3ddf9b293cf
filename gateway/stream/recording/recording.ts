import type { EventOf } from '../../../domain/record/events.ts'

export type RecordedChannel = EventOf<'stream.data'>['channel']

/**
 * The recording of one stream. Bytes are added synchronously and written later, in order. Positions count the bytes of all channels. A byte
 * is shown only when the recording is written up to it (recorded-end.ts). A recording into a file of its own, instead of into events, would
 * be another implementation of this type.
 */
export type Recording = {
  /** Adds masked bytes. After a failure it ignores them, and `whenWritten` throws. */
  add(channel: RecordedChannel, bytes: Buffer): void
  /** The number of bytes added. */
  readonly added: number
  /** The number of bytes written durably, except for an incomplete character of at most 3 bytes on each channel. */
  readonly written: number
  /** Resolves when the recording is written up to `position`. @throws RecordError when it cannot be written; the stream must then end */
  whenWritten(position: number): Promise<void>
  /** Writes the rest. @throws RecordError */
  end(): Promise<void>
}
