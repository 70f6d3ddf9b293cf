import { StoreUnavailable, type Store } from './port.ts'

const away = (): Promise<never> => Promise.reject(new StoreUnavailable(new Error('no store is open here')))

/** A store that is always unavailable: every call fails, and the handler turns that into a 503 that clients retry. */
export const absentStore: Store = { get: away, list: away, commit: away, current: away, watch: away, compact: away, close: () => Promise.resolve() }
