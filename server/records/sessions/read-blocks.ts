import { open, type FileHandle } from 'node:fs/promises'
import { createLineSplitter } from '../../../domain/record/line-splitter.ts'
import { unlessMissing } from '../../system-error.ts'
import { BLOCK_BYTES } from './file-index.ts'

/** A line without its line feed, and the offset after the line feed. */
export type Line = { readonly bytes: Uint8Array; readonly end: number }

type Range = { readonly from: number; to: number }

/** Neighbouring blocks are read together. In bytes. */
function rangesOf(blocks: readonly number[]): readonly Range[] {
  const ranges: Range[] = []
  for (const block of blocks) {
    const last = ranges.at(-1)
    const from = block * BLOCK_BYTES
    if (last?.to === from) last.to += BLOCK_BYTES
    else ranges.push({ from, to: from + BLOCK_BYTES })
  }
  return ranges
}

async function* linesIn(handle: FileHandle, { from, to }: Range): AsyncGenerator<Line> {
  // The byte before the range shows whether a line begins with it.
  const begin = Math.max(0, from - 1)
  const splitter = createLineSplitter()
  let isLine = from === 0
  let lineStart = begin
  for (let at = begin; ;) {
    const buffer = Buffer.alloc(BLOCK_BYTES)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) return
    at += bytesRead
    for (const { bytes, end } of splitter.feed(buffer.subarray(0, bytesRead))) {
      if (isLine && lineStart >= to) return
      if (isLine) yield { bytes, end: begin + end }
      isLine = true
      lineStart = begin + end
    }
    if (lineStart >= to) return
  }
}

/**
 * The lines of a file that begin in one of these blocks, in order. Does not check the lines. A file that is gone has none, as if it had been listed
 * later. One that is removed while it is read is read to its end.
 */
export async function* linesInBlocks(path: string, blocks: readonly number[]): AsyncGenerator<Line> {
  const handle = await unlessMissing(open(path))
  if (handle === undefined) return
  try {
    for (const range of rangesOf(blocks)) yield* linesIn(handle, range)
  } finally {
    await handle.close()
  }
}
