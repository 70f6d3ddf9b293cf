import { readFile } from 'node:fs/promises'
import { get } from 'node:https'
import type { Environment } from '../../demo/environment.ts'

const LIMIT_SECONDS = 120
const POLL_MS = 100

/** The status of an answer; a client without a token gets 401. */
function ask(url: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, agent: false, timeout: 5_000 }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', reject)
  })
}

/**
 * Waits until the gateway answers at the address that agents use, and the console at that of browsers: a Service reaches a ready pod only after a
 * moment.
 * @throws Error that names the one that does not answer in time
 */
export async function waitToAnswer({ gateway, console }: Environment, signal: AbortSignal): Promise<void> {
  await untilAnswered(gateway, signal)
  await untilAnswered(console, signal)
}

async function untilAnswered({ url, caFile }: Pick<Environment['console'], 'url' | 'caFile'>, signal: AbortSignal): Promise<void> {
  const ca = await readFile(caFile, 'utf8')
  const until = performance.now() + LIMIT_SECONDS * 1000
  for (;;) {
    signal.throwIfAborted()
    try {
      await ask(url, ca)
      return
    } catch (cause) {
      if (performance.now() > until) throw new Error(`nothing answers at ${url}`, { cause })
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
