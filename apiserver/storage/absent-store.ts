import { StoreUnavailable, type Store } from './port.ts'

const away = (): Promise<never> => Promise.reject(new StoreUnavailable(new Error('no store is open here')))

/** A store that is never there: every call says so, and the handler makes a 503 of it that clients repeat. */
export const absentStore: Store = { get: away, list: away, commit: away, current: away, watch: away, compact: away, close: () => Promise.resolve() }
