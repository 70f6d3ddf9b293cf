import { LINE_OVERHEAD, link, linkInto, type Head, type TimedEvent } from '../../domain/record/chain.ts'

/** Whole lines that go on a chain, and its end after them. */
export type Lines = { readonly bytes: Buffer; readonly count: number; readonly head: Head }

/** Memory for lines while they are written. Created when the first line is written. */
let scratch: Buffer | undefined
const SCRATCH_BYTES = 512 * 1024

function memoryFor(bytes: number): Buffer {
  if (bytes > SCRATCH_BYTES) return Buffer.allocUnsafeSlow(bytes)
  return (scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES))
}

/** For shorter events, making the line as text is faster. */
const LONG = 24 * 1024
/** Maximum bytes of UTF-8 for one UTF-16 code unit. */
const MAX_WIDTH = 3

const roomFor = ({ event }: TimedEvent): number => (event.length < LONG ? event.length * MAX_WIDTH : Buffer.byteLength(event)) + LINE_OVERHEAD

/** The lines of events. Their bytes are valid until the next call. */
export function linesOf(start: Head, events: readonly TimedEvent[]): Lines {
  const memory = memoryFor(events.reduce((sum, event) => sum + roomFor(event), 0))
  let [head, at, short] = [start, 0, '']
  for (const event of events) {
    if (event.event.length < LONG) {
      const linked = link(head, event.timeMs, event.event)
      short += linked.line
      head = linked.head
      continue
    }
    at += memory.write(short, at)
    short = ''
    const linked = linkInto({ memory, at }, head, event)
    at = linked.end
    head = linked.head
  }
  at += memory.write(short, at)
  return { bytes: memory.subarray(0, at), count: events.length, head }
}
