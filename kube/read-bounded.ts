/** A body is longer than its bound. */
export class BodyTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the body is longer than ${maxBytes} bytes`)
    this.name = 'BodyTooLarge'
  }
}

/** Collects the chunks of a body up to a bound in bytes. A body of exactly that length is accepted. For bodies that arrive by calls: see `readBounded`. */
export class BoundedBody {
  readonly #maxBytes: number
  readonly #beforeKeeping: (bytes: number) => void
  readonly #chunks: Uint8Array[] = []
  #bytes = 0

  constructor(maxBytes: number, beforeKeeping: (bytes: number) => void = () => {}) {
    this.#maxBytes = maxBytes
    this.#beforeKeeping = beforeKeeping
  }

  /** @throws BodyTooLarge when the body becomes longer than the bound, and for every later chunk. These chunks are not kept */
  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) throw new BodyTooLarge(this.#maxBytes)
    this.#beforeKeeping(chunk.length)
    this.#chunks.push(chunk)
  }

  /** @throws BodyTooLarge if the body was longer than the bound */
  whole(): Buffer {
    if (this.#bytes > this.#maxBytes) throw new BodyTooLarge(this.#maxBytes)
    return Buffer.concat(this.#chunks)
  }
}

/**
 * Reads a whole body, of a request or of a response. Never returns a part of it. Reading stops at the first byte over the bound, or when `beforeKeeping`
 * throws. Like every stream that is not read to its end, the source is then destroyed; to keep a request open for its response, pass
 * `request.iterator({ destroyOnReturn: false })`. Sets no time limit: use the signal of the request.
 * @param maxBytes the largest length that is accepted, in bytes as they arrive
 * @param beforeKeeping called with the length of each chunk before it is kept, for a bound over several bodies. What it throws is thrown. Optional
 * @throws BodyTooLarge for a longer body; the error of the source when the body breaks off
 */
export async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number, beforeKeeping?: (bytes: number) => void): Promise<Buffer> {
  const bounded = new BoundedBody(maxBytes, beforeKeeping)
  for await (const chunk of body) bounded.add(chunk)
  return bounded.whole()
}
