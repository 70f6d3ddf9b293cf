/**
 * Coalesces concurrent reads of the same key. A caller never receives the result of a read that began before its call. Any number of
 * concurrent calls for a key costs at most two reads: one that runs and one that waits.
 */
export function sharedRead<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<unknown>>()
  const waiting = new Map<string, Promise<T>>()

  const start = (key: string): Promise<T> => {
    const result = read(key)
    const ended = result.then(
      () => undefined,
      () => undefined,
    )
    running.set(key, ended)
    void ended.then(() => running.get(key) === ended && running.delete(key))
    return result
  }

  return (key) => {
    const now = running.get(key)
    if (now === undefined) return start(key)
    const queued = waiting.get(key)
    if (queued !== undefined) return queued
    const next = now.then(() => {
      waiting.delete(key)
      return start(key)
    })
    waiting.set(key, next)
    return next
  }
}
