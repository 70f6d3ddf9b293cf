/** More than the header of any frame and the number of a channel. */
const MAX_GAP = 16

/** Whether both parts are in one memory in this order, with nothing but a frame header between them. */
export function areNeighbours(before: Buffer, part: Buffer): boolean {
  const gap = part.byteOffset - before.byteOffset - before.length
  return part.buffer === before.buffer && gap >= 0 && gap <= MAX_GAP
}

/**
 * Joins the payloads of frames that were read together. They are moved together in their own memory, over the headers between them: new memory for all
 * data of a stream would have to be collected. The caller owns that memory, and does not use the parts afterwards.
 */
export function joinedBytes(parts: readonly [Buffer, ...Buffer[]]): Buffer {
  const [first, ...rest] = parts
  if (rest.length === 0) return first
  if (!parts.every((part, index) => index === 0 || areNeighbours(parts[index - 1] as Buffer, part))) return Buffer.concat(parts)
  const whole = Buffer.from(
    first.buffer,
    first.byteOffset,
    parts.reduce((sum, { length }) => sum + length, 0),
  )
  let at = first.length
  for (const part of rest) at += part.copy(whole, at)
  return whole
}
