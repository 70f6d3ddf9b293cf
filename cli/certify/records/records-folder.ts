import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ReadableFolder } from '../../../domain/record/verify/verify.ts'
import { usage } from '../../terminal/exit-code.ts'

/**
 * The files of a records folder and its subfolders, oldest first: each writer may have its own folder, and file names are unique across
 * all of them. @throws CommandError when there are none, because an empty folder verifies nothing
 */
export async function openRecords(dir: string): Promise<ReadableFolder> {
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
  if (paths.size === 0) throw usage(`${dir} holds no records`, 'records are files named *.jsonl')
  return { files: [...paths.keys()].sort(), read: (file) => createReadStream(paths.get(file) ?? '', { highWaterMark: 256 * 1024 }) }
}
