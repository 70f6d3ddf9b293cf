import { randomUUID } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'folder-id'
const ID = /^[0-9a-f-]{36}$/

const read = (dir: string): Promise<string> => readFile(join(dir, FILE), 'utf8')

/**
 * A name for a folder of records that all its replicas give it: random, in a file of its own. A file that is not readable gets a new name, so at worst
 * sessions are counted twice.
 */
export async function folderName(dir: string): Promise<string> {
  const found = await read(dir).catch(() => '')
  if (ID.test(found)) return found
  const draft = join(dir, `${FILE}.${randomUUID()}`)
  await writeFile(draft, randomUUID(), { mode: 0o600, flag: 'wx' })
  try {
    // A link is there at once and whole, and never replaces the one of another replica.
    await link(draft, join(dir, FILE)).catch(() => undefined)
  } finally {
    await unlink(draft)
  }
  const made = await read(dir)
  return ID.test(made) ? made : randomUUID()
}
