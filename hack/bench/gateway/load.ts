import type { Pool } from 'undici'

/** A connection pool to an upstream and the headers of every request. */
export type Way = { readonly pool: Pool; readonly headers: { readonly [name: string]: string } }

/** Sends one request and reads the response to the end. Returns the chunks, so that the leak oracle inspects them outside the measured time. */
export async function get({ pool, headers }: Way, path: string): Promise<readonly Buffer[]> {
  const { statusCode, body } = await pool.request({ method: 'GET', path, headers })
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${Buffer.concat(chunks).toString('utf8', 0, 300)}`)
  return chunks
}

/** The same for a response that is too long to keep; `look` sees each chunk once. */
export async function drain({ pool, headers }: Way, path: string, look?: (chunk: Buffer) => void): Promise<number> {
  const { statusCode, body } = await pool.request({ method: 'GET', path, headers })
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    look?.(chunk)
  }
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
  return bytes
}

export type Done = { readonly latencies: readonly number[]; readonly seconds: number; readonly chunks: readonly Buffer[] }

/** Sends as many requests as possible for some seconds, `lanes` at once. */
export async function saturate(way: Way, path: string, { lanes, seconds }: { readonly lanes: number; readonly seconds: number }): Promise<Done> {
  const latencies: number[] = []
  const chunks: Buffer[] = []
  const started = performance.now()
  const until = started + seconds * 1000
  const lane = async (): Promise<void> => {
    for (let at = performance.now(); at < until; at = performance.now()) {
      chunks.push(...(await get(way, path)))
      latencies.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { latencies, chunks, seconds: (performance.now() - started) / 1000 }
}

/**
 * Open-loop load: sends `rate` requests a second whether or not earlier ones are answered. A slow response delays those behind it; their
 * latency counts from when they were due.
 */
export async function arrivals(way: Way, path: string, { rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<Done> {
  const latencies: number[] = []
  const chunks: Buffer[] = []
  const started = performance.now()
  const running = new Set<Promise<void>>()
  const one = async (due: number): Promise<void> => {
    chunks.push(...(await get(way, path)))
    latencies.push(performance.now() - due)
  }
  for (let index = 0; index < rate * seconds;) {
    const now = performance.now()
    for (; index < rate * seconds && started + (index * 1000) / rate <= now; index++) {
      const call = one(started + (index * 1000) / rate).finally(() => running.delete(call))
      running.add(call)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(running)
  return { latencies, chunks, seconds: (performance.now() - started) / 1000 }
}
