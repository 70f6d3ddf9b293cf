const TIMEOUT_MS = 2_000
/** More than twice what a gateway writes at most. */
const MAX_BYTES = 512 * 1024

/** Reads a document of the admin port of a gateway. Follows no redirects. Throws without a complete answer in two seconds. */
export function readObservationsFrom(url: URL): () => Promise<string> {
  return async () => {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!answer.ok || answer.body === null) {
      await answer.body?.cancel()
      throw new Error(`the gateway answered ${answer.status}`)
    }
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > MAX_BYTES) throw new Error('the observations are too long')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}
