import { reasonOf, type Log } from '../../server/log.ts'
import { readSealKeys, type SealKeys } from './keys.ts'

/** The kubelet updates a mounted Secret about once a minute. */
const RELOAD_MS = 10_000

const idsOf = (keys: SealKeys): string => keys.map(({ id }) => id).join()

/** Reads the keys again and again. Keys that cannot be read are logged, and the ones in use stay. @throws ConfigError when they cannot be read at first */
export async function reloadingKeys(file: string, log: Log): Promise<{ readonly current: () => SealKeys; readonly stop: () => void }> {
  let keys = await readSealKeys(file)
  const reload = async (): Promise<void> => {
    try {
      const next = await readSealKeys(file)
      if (idsOf(next) !== idsOf(keys)) log.info('session-keys.reloaded', { count: next.length })
      keys = next
    } catch (error) {
      log.error('session-keys.unreadable', { file, error: reasonOf(error) })
    }
  }
  const timer = setInterval(() => void reload(), RELOAD_MS)
  timer.unref()
  return { current: () => keys, stop: () => clearInterval(timer) }
}
