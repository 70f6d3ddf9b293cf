import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recipe } from './recipe.ts'
import { CommandFailed, run } from './run-build.ts'

/** Debian's library folder for this machine's architecture. */
export const LIBRARIES = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`

/** Downloads and unpacks the packages without installing them. Refreshes the package lists once if a download fails. */
export async function fetchDebianPackages(into: string, signal: AbortSignal): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'jit-deb-'))
  const download = (): Promise<string> => run('apt-get', ['download', ...recipe.debianPackages], { cwd: work, signal })
  try {
    await download().catch(async (error: unknown) => {
      if (!(error instanceof CommandFailed) || error.cause !== undefined) throw error // apt-get is missing, so refreshed lists would not help
      await run('apt-get', ['update'], { signal })
      await download()
    })
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(work, file), into], { signal })
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
