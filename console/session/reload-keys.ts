import type { Log } from '../../server/log.ts'
import { reloading, type Reloaded } from '../../server/process/reloading.ts'
import { readSealKeys, type CookieKeys } from './cookie-keys.ts'

const idsOf = (keys: CookieKeys): string => keys.map(({ id }) => id).join()

/** Reads the keys again and again. @throws ConfigError when they cannot be read at first */
export const reloadingKeys = (file: string, log: Log): Promise<Reloaded<CookieKeys>> =>
  reloading(() => readSealKeys(file), { what: 'session-keys', idOf: idsOf, log })
