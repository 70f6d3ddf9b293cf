import { Response } from 'undici'

/** Passes on bytes up to a bound, and breaks off at the first one over it. */
function upTo(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0
  return new TransformStream({
    transform: (chunk, controller) => {
      bytes += chunk.length
      if (bytes > maxBytes) controller.error(new Error(`the answer is longer than ${maxBytes} bytes`))
      else controller.enqueue(chunk)
    },
  })
}

/**
 * An answer whose body breaks off when it is longer than a bound after it is inflated. `maxResponseSize` of undici bounds what arrives alone, and fetch inflates
 * whatever a server has compressed, also several times.
 */
export function boundedAnswer(answer: Response, maxBytes: number): Response {
  const { body, status, statusText, headers } = answer
  return body === null ? answer : new Response(body.pipeThrough(upTo(maxBytes)), { status, statusText, headers })
}
