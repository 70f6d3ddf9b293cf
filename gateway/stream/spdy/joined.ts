import { joinedBytes } from '../joined-bytes.ts'
import type { DataPiece, SpdyItem } from './frames.ts'

/** Large enough to make the overhead of each piece negligible, and less than a frame. */
const MAX_JOINED_LENGTH = 32 * 1024

/**
 * Joins consecutive data of the same stream that arrived together. Each stream is a sequence of bytes, and a small piece costs as much as a
 * large one. Empty pieces stay apart.
 */
export function joined(items: readonly SpdyItem[]): readonly SpdyItem[] {
  const result: SpdyItem[] = []
  let open: DataPiece[] = []
  let length = 0
  const close = (): void => {
    const [first, ...rest] = open
    if (first !== undefined) result.push({ ...(rest.at(-1) ?? first), data: joinedBytes([first.data, ...rest.map(({ data }) => data)]) })
    open = []
    length = 0
  }
  for (const item of items) {
    if (item.kind === 'control' || item.data.length === 0) {
      close()
      result.push(item)
      continue
    }
    const last = open.at(-1)
    if (last?.streamId !== item.streamId || last.fin || length + item.data.length > MAX_JOINED_LENGTH) close()
    open.push(item)
    length += item.data.length
  }
  close()
  return result
}
