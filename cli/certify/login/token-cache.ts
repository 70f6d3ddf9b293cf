import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lstat, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoginSettings } from './settings.ts'

/** Tokens of one sign-in. `expiresAtMs`: of the ID token. */
export type CachedTokens = { readonly idToken: string; readonly expiresAtMs: number; readonly refreshToken?: string }

/** A lock this old belongs to a process that is gone: nobody takes longer to sign in. */
const STALE_LOCK_MS = 6 * 60_000
const LOCK_POLL_MS = 200

/** Whether the process that made the lock is gone, or cannot be told. */
async function isStale(lock: string): Promise<boolean> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(lock), readFile(lock, 'utf8')])
    if (Date.now() - mtimeMs > STALE_LOCK_MS) return true
    if (text !== '') process.kill(Number(text), 0) // throws when there is no such process
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
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

/** Keeps the tokens of one provider, client and set of scopes in a file that only the user can read. */
export function createTokenCache(folder: string, { issuer, client, scopes }: LoginSettings, platform: NodeJS.Platform = process.platform) {
  const id = createHash('sha256')
    .update(JSON.stringify([issuer, client, [...scopes].sort()]))
    .digest('hex')
    .slice(0, 32)
  const [file, lock] = [join(folder, `${id}.json`), join(folder, `${id}.lock`)]

  const unlock = (): void => rmSync(lock, { force: true })
  const isFree = async (): Promise<boolean> => {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (await isStale(lock)) await rm(lock, { force: true })
      return false
    }
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
      while (!(await isFree())) await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
      // Ctrl-C ends the process here.
      process.once('exit', unlock)
      try {
        return await work()
      } finally {
        process.off('exit', unlock)
        unlock()
      }
    },
  }
}
export type TokenCache = ReturnType<typeof createTokenCache>
