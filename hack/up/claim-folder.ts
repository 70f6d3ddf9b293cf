import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning, ownerOf, type Owner } from '../cluster/leases/owner.ts'

const fileOf = (dir: string): string => join(dir, 'up.pid')

async function write(dir: string): Promise<boolean> {
  const owner = await ownerOf(process.pid)
  try {
    await writeFile(fileOf(dir), JSON.stringify(owner), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Claims the folder while this process lives; the claim of a process that died is replaced.
 * @throws Error if another environment holds it
 */
export async function claimFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  if (await write(dir)) return
  const owner = JSON.parse(await readFile(fileOf(dir), 'utf8').catch(() => 'null')) as Owner | null
  if (owner !== null && (await isRunning(owner)))
    throw new Error(`an environment runs in ${dir} already (process ${owner.pid}); end it, or name another folder with --dir`)
  await rm(fileOf(dir), { force: true })
  if (!(await write(dir))) throw new Error(`another environment starts in ${dir}`)
}

export const releaseFolder = (dir: string): Promise<void> => rm(fileOf(dir), { force: true })
