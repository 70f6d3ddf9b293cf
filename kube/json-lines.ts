/** A line that cannot be a Kubernetes watch event. What follows it may depend on it. */
export class UnreadableLine extends Error {}

/** Splits a byte stream into lines. @throws UnreadableLine for a line over the limit */
export async function* lines(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      yield Buffer.concat(parts).toString('utf8')
      parts = []
      size = 0
      start = end + 1
    }
    parts.push(chunk.subarray(start))
    size += chunk.length - start
    if (size > limit) throw new UnreadableLine(`a line is longer than ${limit} bytes`)
  }
  if (size > 0) yield Buffer.concat(parts).toString('utf8')
}
