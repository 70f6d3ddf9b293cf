import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 100
const SQLITE_BUSY = 5

/**
 * Runs `work` while no other process holds `file`. The lock is SQLite's own on an empty database: the kernel releases it when the holder
 * dies, so there are no stale locks to detect. The empty file stays: removing a lock file that another process has open would allow two
 * holders. `onWait` is called once if another process holds the lock.
 * @throws the reason of `signal` if it aborts before the lock is held
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  { onWait, signal }: { readonly onWait?: () => void; readonly signal?: AbortSignal } = {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    let told = false
    while (!take(database)) {
      if (!told) onWait?.()
      told = true
      signal?.throwIfAborted()
      await sleep(POLL_MS)
    }
    return await work()
  } finally {
    database.close()
  }
}

function take(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as { readonly errcode?: number }).errcode === SQLITE_BUSY) return false
    throw error
  }
}
