import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../leases/lock.ts'
import type { Steps } from './build-steps.ts'

/** Something that is built once. `key` changes with every input of the build. */
export type Part = { readonly name: string; readonly key: () => Promise<string>; readonly build: (out: string, steps: Steps) => Promise<void> }

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * Returns the folder of a built part and builds it first if it is missing. A folder appears complete or not at all, because it is renamed
 * into place. If several processes want the same part, one builds it and the others wait.
 */
export async function cached(cacheDir: string, part: Part, steps: Steps): Promise<string> {
  const key = await part.key()
  const folder = join(cacheDir, key)
  if (await exists(folder)) return folder
  await mkdir(cacheDir, { recursive: true })
  const waiting = (): void => steps.say(`another process builds the same ${part.name} binaries; waiting for it …`)
  return await withLock(
    join(cacheDir, `${key}.lock`),
    async () => {
      if (await exists(folder)) return folder
      const prefix = `${key.slice(0, 12)}.building-`
      // Left by a builder that was killed; under the lock no other process builds this part.
      for (const name of await readdir(cacheDir)) if (name.startsWith(prefix)) await rm(join(cacheDir, name), { recursive: true, force: true })
      const work = await mkdtemp(join(cacheDir, prefix))
      try {
        await part.build(work, steps)
        await rename(work, folder)
        return folder
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
    { onWait: waiting, signal: steps.signal },
  )
}
