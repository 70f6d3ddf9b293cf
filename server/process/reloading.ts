import { reasonOf, type Log } from '../log.ts'

/** The kubelet updates a mounted Secret about once a minute. */
const RELOAD_MS = 10_000

export type Reloaded<T> = { readonly current: () => T; /** Reads again now. */ readonly reload: () => Promise<void>; readonly stop: () => void }

/**
 * Reads files again and again. What cannot be read is logged, and what is in use stays.
 * @param idOf differs when the content does. It is compared, and appears nowhere
 * @throws ConfigError when they cannot be read at first
 */
export async function reloading<T>(
  read: () => Promise<T>,
  {
    what,
    idOf,
    changed,
    log,
  }: { readonly what: string; readonly idOf: (value: T) => string; readonly changed?: (value: T) => void; readonly log: Log },
): Promise<Reloaded<T>> {
  let current = await read()
  const reload = async (): Promise<void> => {
    try {
      const next = await read()
      if (idOf(next) === idOf(current)) return
      current = next
      changed?.(next)
      log.info(`${what}.reloaded`)
    } catch (error) {
      log.error(`${what}.unreadable`, { error: reasonOf(error) })
    }
  }
  const timer = setInterval(() => void reload(), RELOAD_MS)
  timer.unref()
  return { current: () => current, reload, stop: () => clearInterval(timer) }
}
