import { readBounded } from '../../kube/read-bounded.ts'

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
    return (await readBounded(answer.body as AsyncIterable<Uint8Array>, MAX_BYTES)).toString('utf8')
  }
}
