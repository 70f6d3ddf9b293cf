/**
 * Shares a read among all who asked before it began: nobody gets an answer older than the question, and a flood of questions
 * about one key costs two reads at a time, one that runs and one that waits.
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
