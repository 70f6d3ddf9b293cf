import type { Store } from '../../../apiserver/storage/port.ts'
import { openSqliteStore } from '../../../apiserver/storage/sqlite.ts'
import { openThreadedStore } from '../../../apiserver/storage/thread/threaded-store.ts'

/** The threads in which a store can be open: that of its caller, or one of its own. */
export const THREADS = ['caller', 'own'] as const
export type StoreThread = (typeof THREADS)[number]

const failed = (error: unknown): never => {
  throw error
}

export const openIn = async (thread: StoreThread, file: string, nowMs: number): Promise<Store> =>
  thread === 'own' ? await openThreadedStore(file, nowMs, { failed }) : openSqliteStore(file, nowMs)
