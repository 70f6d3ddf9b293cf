import { LINE_LIMIT } from './chain.ts'

/** A line without its line feed, and the file offset after the line feed. */
export type RawLine = { readonly bytes: Uint8Array; readonly end: number }

export type LineSplitter = {
  feed(chunk: Uint8Array): readonly RawLine[]
  /** Number of bytes after the last line feed. */
  rest(): number
}

const LINE_FEED = 0x0a
const NOTHING = new Uint8Array(0)

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Splits a file at line feeds in constant memory. A line over the limit becomes an empty one, which every reader rejects. */
export function createLineSplitter(): LineSplitter {
  let parts: Uint8Array[] = []
  let waiting = 0
  let offset = 0
  const keep = (part: Uint8Array): void => {
    waiting += part.length
    if (waiting <= LINE_LIMIT) parts.push(part)
    else parts = []
  }
  return {
    feed: (chunk) => {
      const found: RawLine[] = []
      let start = 0
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
        keep(chunk.subarray(start, at))
        offset += waiting + 1
        found.push({ bytes: waiting <= LINE_LIMIT ? joined(parts) : NOTHING, end: offset })
        parts = []
        waiting = 0
        start = at + 1
      }
      // A copy: the caller may reuse its buffer.
      if (start < chunk.length) keep(chunk.slice(start))
      return found
    },
    rest: () => waiting,
  }
}
