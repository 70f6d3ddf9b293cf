/** Splits bytes into pieces of the given sizes, in rotation, as a network may deliver them. */
export function* cutAnywhere(bytes: Buffer, sizes: Iterable<number>): Generator<Buffer> {
  let at = 0
  for (const size of sizes) {
    if (at >= bytes.length) return
    yield bytes.subarray(at, at + size)
    at += size
  }
}
