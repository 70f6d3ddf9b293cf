import { readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** The symbolic link that the kubelet replaces when a mounted Secret or ConfigMap changes. */
const VERSION_LINK = '..data'
/** The kubelet replaces it once a minute at most, and reading takes milliseconds. */
const TRIES = 5

/** Undefined for a folder that the kubelet does not write. */
const versionOf = (dir: string): Promise<string | undefined> => readlink(join(dir, VERSION_LINK)).catch(() => undefined)

/**
 * Reads several files of a mounted Secret or ConfigMap that belong together, all of one version: `read` gets the folder to read from, and is called again when the
 * version changed meanwhile. Files of another folder are read as they are. @throws what `read` throws
 */
export async function readOneVersion<T>(dir: string, read: (folder: string) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const version = await versionOf(dir)
    const done = await read(version === undefined ? dir : join(dir, VERSION_LINK)).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    const isOne = version === (await versionOf(dir))
    if (!isOne && tries < TRIES) continue
    if ('error' in done) throw done.error
    if (!isOne) throw new Error(`${dir}: it changes faster than it can be read`)
    return done.value
  }
}
