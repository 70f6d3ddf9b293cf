import { setTimeout as sleep } from 'node:timers/promises'

/** Generous, since CI machines are slow and noisy. A test that passes does not wait for it. */
const LIMIT_SECONDS = 120
const EVERY_MS = 50

/**
 * Repeats a probe until it returns something other than undefined or false, and returns that. An error of the probe means not yet.
 * @throws Error that says what did not happen, with the last error of the probe as its cause, after `seconds`
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { seconds = LIMIT_SECONDS, everyMs = EVERY_MS }: { readonly seconds?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    let cause: unknown
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>
    } catch (error) {
      cause = error
    }
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`, { cause })
    await sleep(everyMs)
  }
}
