import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoginSettings } from './login-settings.ts'

/** Tokens of one sign-in. `expiresAtMs`: of the ID token. */
export type CachedTokens = { readonly idToken: string; readonly expiresAtMs: number; readonly refreshToken?: string }

/** A lock this old belongs to a process that is gone: nobody takes longer to sign in. */
const STALE_LOCK_MS = 6 * 60_000
const LOCK_POLL_MS = 200
/** A renewal takes less. A longer wait is for a person who signs in. */
const TELL_MS = 3_000

/** Whether the process that made a lock is there still. If that is not known, it counts as there. */
async function isHeld(lock: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(lock)
    if (Date.now() - mtimeMs > STALE_LOCK_MS) return false
    process.kill(Number(lock.split('.').at(-2)), 0) // throws when there is no such process
    return true
  } catch (error) {
    return !['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}

export type Environment = { readonly [name: string]: string | undefined }

/** The folder of the user's caches. Undefined when the environment names none. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform): string | undefined {
  const home = env['HOME'] ?? env['USERPROFILE']
  const base =
    platform === 'win32'
      ? env['LOCALAPPDATA']
      : (env['XDG_CACHE_HOME'] ?? (home === undefined ? undefined : join(home, platform === 'darwin' ? 'Library/Caches' : '.cache')))
  return base === undefined || base === '' ? undefined : join(base, 'jit-access', 'login')
}

const isTokens = (value: unknown): value is CachedTokens =>
  typeof value === 'object' &&
  value !== null &&
  'idToken' in value &&
  typeof value.idToken === 'string' &&
  'expiresAtMs' in value &&
  typeof value.expiresAtMs === 'number'

export type TokenCacheOptions = {
  /** Optional. Defaults to that of this process. */
  readonly platform?: NodeJS.Platform
  /** Called once in a long wait for another process. Optional. Defaults to no callback. */
  readonly onWait?: () => void
}

/** Keeps the tokens of one provider, client and set of scopes in a file that only the user can read. */
export function createTokenCache(folder: string, { issuer, client, scopes }: LoginSettings, options: TokenCacheOptions = {}) {
  const { platform = process.platform, onWait } = options
  const id = createHash('sha256')
    .update(JSON.stringify([issuer, client, [...scopes].sort()]))
    .digest('hex')
    .slice(0, 32)
  const file = join(folder, `${id}.json`)

  /** Whether another than `own` is locked. Removes locks whose process is gone. */
  const isTaken = async (own?: string): Promise<boolean> => {
    const names = await readdir(folder)
    const locks = names.filter((name) => name.startsWith(`${id}.`) && name.endsWith('.lock')).map((name) => join(folder, name))
    const others = locks.filter((lock) => lock !== own)
    const held = await Promise.all(others.map(isHeld))
    await Promise.all(others.filter((_, index) => !held[index]).map((lock) => rm(lock, { force: true })))
    return held.includes(true)
  }
  /**
   * Takes a lock of its own name, or undefined. Nobody removes the lock of another that lives: with one name for all, two that find it stale could each remove the
   * lock that the other has made since. Of two at the same moment, at least one sees the other, and both may: then both wait.
   */
  const take = async (): Promise<string | undefined> => {
    if (await isTaken()) return undefined
    const own = join(folder, `${id}.${randomBytes(6).toString('hex')}.${process.pid}.lock`)
    await writeFile(own, '', { flag: 'wx', mode: 0o600 })
    if (!(await isTaken(own))) return own
    await rm(own, { force: true })
    return undefined
  }

  /** Removes the drafts of processes that were killed while they wrote: they hold tokens, which nobody would remove at a logout. Only for who holds the lock. */
  const removeDrafts = async (): Promise<void> => {
    const drafts = (await readdir(folder)).filter((name) => name.startsWith(`${id}.`) && name.endsWith('.new'))
    await Promise.all(drafts.map((name) => rm(join(folder, name), { force: true })))
  }

  return {
    /** Undefined without tokens, and for a file that is another user's, or that others could have read or written. */
    read: async (): Promise<CachedTokens | undefined> => {
      try {
        const { mode, uid } = await lstat(file)
        const isOwn = platform === 'win32' || ((mode & 0o077) === 0 && uid === process.getuid?.())
        const isPrivate = (mode & 0o170000) === 0o100000 && isOwn
        const read: unknown = isPrivate ? JSON.parse(await readFile(file, 'utf8')) : undefined
        return isTokens(read) ? read : undefined
      } catch {
        return undefined
      }
    },
    /** Only for who holds the lock. */
    write: async (tokens: CachedTokens): Promise<void> => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const fresh = join(folder, `${id}.${randomBytes(6).toString('hex')}.new`)
      await writeFile(fresh, JSON.stringify(tokens), { mode: 0o600, flag: 'wx' })
      await rename(fresh, file)
    },
    remove: () => rm(file, { force: true }),
    /** Runs one process at a time. Others wait: two kubectl at once would open two browsers, and would use one refresh token twice. */
    locked: async <T>(work: () => Promise<T>): Promise<T> => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      let lock: string | undefined
      let tellMs = performance.now() + TELL_MS
      while ((lock = await take()) === undefined) {
        if (performance.now() >= tellMs) {
          tellMs = Number.POSITIVE_INFINITY
          onWait?.()
        }
        await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS * (0.5 + Math.random())))
      }
      const own = lock
      const unlock = (): void => rmSync(own, { force: true })
      // Ctrl-C ends the process here.
      process.once('exit', unlock)
      try {
        await removeDrafts()
        return await work()
      } finally {
        process.off('exit', unlock)
        unlock()
      }
    },
  }
}
export type TokenCache = ReturnType<typeof createTokenCache>
