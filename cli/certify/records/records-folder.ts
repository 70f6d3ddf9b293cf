import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Folder } from '../../../domain/record/verify/verify.ts'
import { usage } from '../../terminal/exit-code.ts'

/**
 * The files of a records folder and of the folders in it, oldest first: each writer may have a folder of its own, and names are
 * unique over all. @throws CommandError when there are none: nothing that was looked for is no proof
 */
export async function openRecords(dir: string): Promise<Folder> {
  let found: readonly string[]
  try {
    found = await readdir(dir, { recursive: true })
  } catch (error) {
    throw usage(`${dir} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const paths = new Map<string, string>()
  for (const path of found.filter((name) => name.endsWith('.jsonl'))) {
    const file = basename(path)
    if (paths.has(file)) throw usage(`${file} is in ${dir} twice`, 'look at one folder of records at a time')
    paths.set(file, join(dir, path))
  }
  if (paths.size === 0) throw usage(`${dir} holds no records`, 'they are files named *.jsonl')
  return { files: [...paths.keys()].sort(), read: (file) => createReadStream(paths.get(file) ?? '', { highWaterMark: 256 * 1024 }) }
}
